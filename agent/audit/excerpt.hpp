// The part of a trail that is shown to somebody outside: of a time, and of the deeds that concern him. Its
// lines are given as they stand, so that each hash can be checked; the head says where the whole trail stood.
// Blocks; changes nothing.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::audit {

// One line in the words of the journal.
struct Entry {
  std::uint64_t sequence = 0;
  std::string phase;         // "intent", "result", "note"
  std::uint64_t intent = 0;  // of a result: whose
  bool succeeded = false;
  core::WallTime time{};
  std::string actor, action, target, reason, result;
  std::string previous, hash;
  bool hash_fits = false;
};
core::Outcome<Entry> read_entry(std::string_view line);

struct Mark {
  std::uint64_t sequence = 0;
  core::WallTime time{};
  std::string hash;
};

struct Excerpt {
  std::optional<core::WallTime>
      began;                        // when the first line of the whole trail was written; none: there is none
  std::uint64_t entries = 0;        // of the time
  std::optional<Mark> first, head;  // the first and the last of them
  std::vector<std::string> lines;   // those that were wanted, in their order, each without its newline
};

// From `since` until before `until`. Of each intent that is `wanted`, its result as well. Lines that are none
// are passed over: that is what verify() tells of.
core::Outcome<Excerpt> excerpt(os::Files& files, const std::string& directory, core::WallTime since,
                               core::WallTime until, const std::function<bool(const Entry&)>& wanted);

// Whether the trail still has each of these lines, as it stands, and a line with each of these hashes. Gives
// the first of them that it has not.
core::Outcome<std::optional<std::string>> missing(os::Files& files, const std::string& directory,
                                                  const std::vector<std::string>& lines,
                                                  const std::vector<std::string>& hashes = {});

}  // namespace outrider::audit
