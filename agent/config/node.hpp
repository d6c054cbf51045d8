// The document after parsing: a tree of our own, so that every key and value knows its place, duplicates are
// seen, and aliases share what they name instead of copying it. Merges (<<) and ${NAME} are already resolved.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::config {

struct Place {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in characters

  friend bool operator==(const Place&, const Place&) = default;
  friend auto operator<=>(const Place&, const Place&) = default;
};

enum class Shape { nothing, scalar, list, mapping };

// How a scalar was written. `filled` means that ${NAME} gave part of it: then its text alone decides its
// type, since inside {…} a ${NAME} must be quoted.
enum class Style { plain, quoted, filled };

struct Entry;

class Node {
 public:
  struct Body;

  Node();
  Node(std::shared_ptr<const Body> body, std::string name, Place place);

  Shape shape() const;
  bool is_scalar() const { return shape() == Shape::scalar; }
  bool is_mapping() const { return shape() == Shape::mapping; }
  bool is_list() const { return shape() == Shape::list; }

  // The key it stands under, "item 2" in a list, empty at the root.
  const std::string& name() const { return name_; }
  std::string title() const;  // "`every`", "item 2", "the configuration": how a sentence names it
  // Where to point: the value, or its key when the value is a block or nothing.
  Place place() const { return place_; }

  const std::string& text() const;  // of a scalar, ${NAME} filled in; else empty
  Style style() const;
  std::string written() const;  // "a mapping", "a list", "nothing", or the scalar in quotes, cut when long

  const std::vector<Entry>& entries() const;  // of a mapping, in order; else none
  const std::vector<Node>& items() const;     // of a list; else none
  const Entry* find(std::string_view key) const;
  // "health.restart.budget", "logs.send_to.0"; an empty path is the node itself; nothing when not there.
  const Node* at(std::string_view path) const;

  // An alias and what it names are the same body.
  bool same_body(const Node& other) const { return body_ == other.body_; }

  // How deep it goes, and how many nodes it is when every alias is followed.
  std::uint32_t depth() const;
  std::uint64_t weight() const;

 private:
  std::shared_ptr<const Body> body_;
  std::string name_;
  Place place_;
};

struct Entry {
  std::string key;
  Place place;  // of the key
  Node value;
};

struct Node::Body {
  Shape shape = Shape::nothing;
  Style style = Style::plain;
  std::string text;
  std::vector<Entry> entries;
  std::vector<Node> items;
  std::uint32_t depth = 1;
  std::uint64_t weight = 1;
};

// One text for what means the same: keys sorted, comments, order, quotes, anchors and layout gone.
std::string canonical(const Node& node);
// 32 hexadecimal digits of canonical(); not a cryptographic promise.
std::string fingerprint(const Node& node);

}  // namespace outrider::config
