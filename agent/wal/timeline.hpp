// Where a timeline comes from. A promoted server opens a new timeline; its history file names the ones before
// it and the places where each was left.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::wal {

// `timeline` was left at `at`; what follows is on the next one of the list, at last on the history's own.
struct TimelineSwitch {
  std::uint32_t timeline = 0;
  Lsn at;
  std::string reason;  // "no recovery target specified"

  bool operator==(const TimelineSwitch&) const = default;
};

struct TimelineHistory {
  std::uint32_t timeline = 1;
  std::vector<TimelineSwitch> switches;  // oldest first; empty for a timeline that began with its cluster

  // On the way to this timeline, itself included.
  bool includes(std::uint32_t ancestor) const;
  // The timeline on which the byte at `lsn` was written.
  std::uint32_t at(Lsn lsn) const;
  // The timeline whose file a recovery asks for first: the newest that has bytes in this segment.
  std::uint32_t of_segment(std::uint64_t number, std::uint64_t segment_bytes) const;
  // Where a timeline of this history begins; the first one at 0/0. Nothing when it is not of this history.
  std::optional<Lsn> begin_of(std::uint32_t ancestor) const;
  // Where it was left. Nothing for the last one, and for one that is not of this history.
  std::optional<Lsn> end_of(std::uint32_t ancestor) const;

  bool operator==(const TimelineHistory&) const = default;
};

// `text` is the content of the file. `corrupt` when it cannot be the history of that timeline.
core::Outcome<TimelineHistory> read_history(std::uint32_t timeline, std::string_view text);

// This timeline and nothing known of where it comes from.
TimelineHistory lone_timeline(std::uint32_t timeline);

}  // namespace outrider::wal
