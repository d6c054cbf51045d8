// What is done about a book that cannot be trusted: what can be read of it goes into a new one, the damaged
// file stays beside it, and how much is missing is known.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace outrider::durable {

struct Examined {
  std::vector<std::string> damage;  // sentences; empty: it is sound
  std::uint64_t damaged_pages = 0;
  std::uint64_t good_entries = 0;
  std::uint64_t lost_entries = 0;  // that its head counts and nobody can read
  bool sound() const { return damage.empty(); }
};

// Looks, and changes nothing. `path` is the book's folder.
core::Outcome<Examined> examine_book(const std::string& path);

struct Repaired {
  Examined found;
  std::string kept;  // where the damaged file is now
};

// Nobody may have it open. `now` goes into the name of what is kept.
core::Outcome<Repaired> repair_book(const std::string& path, core::WallTime now,
                                    std::uint64_t most_bytes = 1ull << 30);

}  // namespace outrider::durable
