// Builds the labels of one sample in an arena: escaped, added labels last, hashed so that order does not
// matter. For the reader of expositions and for the registry's families alike.
#pragma once

#include "agent/telemetry/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry {

std::uint64_t hash_of(std::string_view text);
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

// Appends a label's value as it stands between quotes.
void append_label_value(std::string& out, std::string_view value);

class LabelBlock {
 public:
  LabelBlock(std::string& arena, const Labels& added);

  void begin();
  // `value` is plain text. False when the name is there already.
  bool add(std::string_view name, std::string_view value);
  // Completes the sample: where its labels are, and which series it belongs to.
  void end(Sample& sample);

  std::size_t size() const { return names_.size(); }

 private:
  struct Added {
    std::string name;
    std::string text;  // name="value", escaped
    std::uint64_t hash;
  };

  void separate();

  std::string& arena_;
  std::vector<Added> added_;
  std::vector<std::string_view> names_;
  std::size_t start_ = 0;
  std::uint64_t hash_ = 0;
};

// A set of hashes, open-addressed: a scrape puts tens of thousands in at once.
class HashSet {
 public:
  explicit HashSet(std::size_t expected);
  bool insert(std::uint64_t hash);  // false when it was there
  bool holds(std::uint64_t hash) const;

 private:
  std::size_t place_of(std::uint64_t hash) const;
  void grow();

  std::vector<std::uint64_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace outrider::telemetry
