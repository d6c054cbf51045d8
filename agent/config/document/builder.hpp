// Builds our tree out of yaml-cpp's events. yaml-cpp's own loader keeps one of two equal keys and copies
// aliases; here duplicates are told, aliases are shared, and size and depth are bounded while building.
#pragma once

#include "agent/config/document/source.hpp"
#include "agent/config/node.hpp"
#include "agent/config/report.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

namespace outrider::config {

// Ends the building at once: what follows cannot be trusted, or is too much.
struct Stop {
  Place place;
  std::string message;
  std::string hint;
};

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Report& report) : report_(report), ruler_(report.source()) {}

  std::optional<Node> take_root() { return std::move(root_); }
  Place place_of(const YAML::Mark& mark);
  // Grows as long as something comes of what is read.
  std::uint64_t events() const { return events_; }
  Place last_place() const { return last_place_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  struct Key {
    std::string text;
    Place place;
    bool merge = false;     // an unquoted <<
    bool repeated = false;  // its value is read, and dropped
  };
  struct Frame {  // a list or mapping that is still open
    std::shared_ptr<Node::Body> body;
    Place place;
    YAML::anchor_t anchor = 0;
    std::optional<std::size_t> dash_column;  // of a list written with dashes: in bytes, from 0
    std::optional<Key> key;                  // of a mapping: read, and waiting for its value
    std::unordered_map<std::string, Place> seen;
    std::vector<std::pair<Node, Place>> merges;
  };

  bool wants_key() const;
  void take_key(const YAML::Mark& mark, const std::string& tag, const std::string& text);
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Shape shape,
            std::optional<std::size_t> dash_column = {});
  void close();
  void attach(std::shared_ptr<const Node::Body> body, Place place);
  void merge_into(Frame& frame);
  void merge_entries(Frame& frame, const Node& from, Place place);
  void fill(const YAML::Mark& mark, const std::string& value, Place place, Node::Body& body);
  void count_one(Place place);
  [[noreturn]] void too_many(Place place) const;
  void must_be_closed(const YAML::Mark& mark);
  YAML::Mark dash_above(const YAML::Mark& mark) const;
  void refuse_tag(const std::string& tag, Place place);

  Report& report_;
  Ruler ruler_;
  std::vector<Frame> open_;
  std::unordered_map<YAML::anchor_t, std::shared_ptr<const Node::Body>> anchors_;
  std::optional<Node> root_;
  Place last_place_;
  std::uint64_t events_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t filled_bytes_ = 0;
  bool any_document_ = false;
  bool any_alias_ = false;
};

}  // namespace outrider::config
