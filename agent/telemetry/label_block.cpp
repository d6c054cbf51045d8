#include "agent/telemetry/label_block.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace outrider::telemetry {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a ^ (b + 0x9E3779B97F4A7C15u + (a << 6) + (a >> 2));
  x = (x ^ (x >> 31)) * 0xBF58476D1CE4E5B9u;
  return x ^ (x >> 29);
}

void append_label_value(std::string& out, std::string_view value) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    if (c != '\\' && c != '"' && c != '\n') continue;
    out.append(value.substr(from, at - from));
    out += '\\';
    out += c == '\n' ? 'n' : c;
    from = at + 1;
  }
  out.append(value.substr(from));
}

LabelBlock::LabelBlock(std::string& arena, const Labels& added) : arena_(arena) {
  for (const Label& label : added) {
    if (label.value.empty()) continue;
    std::string text = label.name + "=\"";
    append_label_value(text, label.value);
    text += '"';
    added_.push_back({label.name, std::move(text), mix(hash_of(label.name), hash_of(label.value))});
  }
}

void LabelBlock::begin() {
  names_.clear();
  start_ = arena_.size();
  hash_ = 0;
}

bool LabelBlock::add(std::string_view name, std::string_view value) {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return false;
  names_.push_back(name);
  if (value.empty()) return true;  // the same as no label
  separate();
  arena_.append(name);
  arena_.append("=\"");
  append_label_value(arena_, value);
  arena_ += '"';
  hash_ += mix(hash_of(name), hash_of(value));
  return true;
}

void LabelBlock::end(Sample& sample) {
  for (const Added& label : added_) {
    if (std::find(names_.begin(), names_.end(), label.name) != names_.end()) continue;
    separate();
    arena_.append(label.text);
    hash_ += label.hash;
  }
  sample.labels = {static_cast<std::uint32_t>(start_), static_cast<std::uint32_t>(arena_.size() - start_)};
  sample.series = hash_;
}

void LabelBlock::separate() {
  if (arena_.size() > start_) arena_ += ',';
}

HashSet::HashSet(std::size_t expected) : slots_(std::bit_ceil(expected * 2 + 16)) {}

std::size_t HashSet::place_of(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = mix(hash, 1) & mask;
  while (slots_[place] != 0 && slots_[place] != hash) place = (place + 1) & mask;
  return place;
}

bool HashSet::insert(std::uint64_t hash) {
  if (hash == 0) hash = 1;  // 0 marks an empty slot
  if (used_ * 2 >= slots_.size()) grow();
  std::uint64_t& slot = slots_[place_of(hash)];
  if (slot == hash) return false;
  slot = hash;
  ++used_;
  return true;
}

bool HashSet::holds(std::uint64_t hash) const {
  if (hash == 0) hash = 1;
  return slots_[place_of(hash)] == hash;
}

void HashSet::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const std::uint64_t hash : old) {
    if (hash != 0) slots_[place_of(hash)] = hash;
  }
}

}  // namespace outrider::telemetry
