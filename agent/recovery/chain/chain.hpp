// The chain of WAL: from which backup set does an unbroken run of archived segments lead how far? Pure: what
// the archive lists goes in, a report comes out (evidence level L1: names and sizes, no content). What cannot
// be known is said to be unknown.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/wal/names.hpp"
#include "agent/wal/timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

enum class LinkState {
  found,
  delayed,  // not there, but not for longer than it may take: uploads overtake each other
  lost,     // not there, and nothing will bring it any more
  wrong_size,
  ambiguous,  // stored twice, with different content
  unknown,    // the archive could not be read whole
};

std::string_view name_of(LinkState state);

// When a hole was first seen. Kept from walk to walk by the caller, so that *delayed* can become *lost*.
struct Hole {
  static constexpr std::uint64_t history_file = ~std::uint64_t{0};  // as the number: the timeline's history

  wal::SegmentId first;
  core::WallTime seen{};

  bool operator==(const Hole&) const = default;
};

struct ChainView {
  const catalogs::Listing& listing;
  std::uint64_t segment_bytes = 0;  // as the server says; 0: to be told from the listing
  // Of the timeline that recovery is to follow. Nothing: the newest that the archive has files of, and then
  // nothing is known of how it came about.
  std::optional<wal::TimelineHistory> history;
  std::optional<wal::Lsn> written;  // where the server writes: all segments before this one are complete
  core::WallTime now{};
  core::Duration tolerance = std::chrono::minutes(2);  // how long a complete segment may be on its way
  std::vector<Hole> holes;                             // of the last report
  std::optional<wal::Lsn> claimed =
      std::nullopt;  // what lies before it was said to be stored: it is not on its way
};

// A run of segments that cannot be used, all for the same reason.
struct Gap {
  LinkState state = LinkState::lost;
  wal::SegmentId first;
  std::uint64_t count = 0;
  std::string first_name;
  std::string before, after;  // the good ones around it; empty: there is none
  core::WallTime since{};     // first seen
  std::string what;           // a sentence without its full stop

  bool holds(std::uint64_t number) const { return number >= first.number && number < first.number + count; }
};

struct Reach {
  wal::Lsn lsn;           // the end of the last segment
  std::string segment;    // its name
  core::WallTime stored;  // when it was stored
  bool operator==(const Reach&) const = default;
};

enum class Answer { no, yes, unknown };

struct SetReach {
  std::string label;
  Answer restorable = Answer::unknown;    // complete, with all it refers to, and its own WAL without a gap
  std::string why;                        // when it is not `yes`: a sentence without its full stop
  bool on_branch = true;                  // its timeline leads to the one that is followed
  std::optional<wal::SegmentId> first;    // where its chain begins
  std::optional<wal::SegmentId> last;     // and ends
  std::optional<Reach> to;                // the same for people: recoverable up to here
  std::optional<std::size_t> stopped_by;  // index in ChainReport::gaps; nothing: it leads to the newest
  std::uint64_t wal_segments = 0;         // to be replayed for that
};

// A segment on the way that can be used.
struct PathLink {
  wal::SegmentId id;
  std::size_t file = 0;  // index in Listing::wal
};

struct ChainReport {
  std::uint64_t segment_bytes = 0;
  bool segment_bytes_known = false;  // by the server, or by the sizes of plain files
  wal::TimelineHistory history;      // the one that was followed
  bool history_known = false;
  std::vector<SetReach> sets;         // as in the listing
  std::optional<std::size_t> newest;  // the set that leads furthest, of these the newest: index in `sets`
  std::optional<Reach> listed;        // L1: how far that one leads
  std::vector<Gap> gaps;              // from the oldest set's start on, oldest first
  std::vector<std::string> troubles;  // faults that are no gap: lost history files, a second writer
  std::vector<std::string> notes;     // odd, and legal
  std::vector<Hole> holes;            // for the next walk
  std::vector<PathLink> path;         // ascending; may have gaps
};

ChainReport walk_chain(const ChainView& view);

}  // namespace outrider::recovery
