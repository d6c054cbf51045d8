// What may be put in one place of the configuration, each entry under its own name: {http: …}, {child: …}.
// A shelf's folder declares `using Shelf = config::Shelf<Entry>` and `void fill(Shelf&)`, whose body is made
// from the folders below it; each of them brings `void enter(Shelf&)`.
#pragma once

#include "agent/config/object.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::config {

// The entry of most shelves: a key whose value is read as a `Made`.
template <class Made>
struct ShelfEntry {
  std::string_view name;  // the key in the configuration
  std::string_view help;  // one line
  Kind<Made> kind;        // reads the key's value
};

template <class Item>
class Shelf {
 public:
  void put(Item entry) { entries_.push_back(std::move(entry)); }
  const std::vector<Item>& entries() const { return entries_; }

 private:
  std::vector<Item> entries_;
};

// For Object::one_of: exactly one of the shelf's keys.
template <class Made>
std::vector<Alternative<Made>> alternatives(const std::vector<ShelfEntry<Made>>& entries) {
  std::vector<Alternative<Made>> all;
  for (const auto& entry : entries) {
    all.push_back({std::string(entry.name), entry.kind, std::string(entry.help)});
  }
  return all;
}

}  // namespace outrider::config
