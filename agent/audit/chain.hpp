// Follows the chain through the bytes of one file after the other, and names every place where it is broken.
#pragma once

#include "agent/audit/line.hpp"
#include "agent/audit/verify.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::audit {

class Chain {
 public:
  // What the first line has to follow.
  explicit Chain(Head before) : last_(before.sequence), last_hash_(std::move(before.hash)) {}
  // The first line is taken as it is: for the last file of a longer trail.
  static Chain from_anywhere();

  // Reads the lines of one file. Returns what follows its last newline: a torn line, or nothing.
  std::string_view read(const std::string& file, std::string_view text, std::vector<Fault>& faults);

  std::uint64_t entries() const { return entries_; }
  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  const std::string& last_hash() const { return last_hash_; }
  std::uint64_t line() const { return line_; }  // of the last file
  const std::set<std::uint64_t>& open_intents() const { return open_intents_; }

 private:
  void follow(const std::string& file, const Link& link, std::vector<Fault>& faults);

  std::uint64_t last_ = 0;
  std::string last_hash_;
  bool anywhere_ = false;
  std::uint64_t entries_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t line_ = 0;
  std::set<std::uint64_t> open_intents_;
};

}  // namespace outrider::audit
