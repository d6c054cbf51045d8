// Are the bytes of a segment what PostgreSQL wrote? Each segment is checked by itself, in any order and on
// any thread: page headers, the chain of records, each record's CRC. What a segment cannot know alone, the
// record that came in from the one before and the one that goes on in the next, is left in its head and tail;
// joint.hpp checks it as soon as both neighbours were seen.
#pragma once

#include "agent/wal/check/joint.hpp"
#include "agent/wal/names.hpp"
#include "agent/wal/timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::wal {

// What the segment is by its name, and what is known of its cluster. All borrowed for the call.
struct Expected {
  SegmentId id;
  std::uint64_t segment_bytes = usual_segment_bytes;
  std::optional<std::uint64_t> system_id;
  const TimelineHistory* history = nullptr;  // of the segment's timeline or of one after it
  bool may_end_early = false;                // a .partial, or one that is still being written
  bool list_commits = false;
};

struct SegmentReport {
  std::optional<Fault> fault;  // the first; what follows it was not looked at
  Head head;
  Tail tail;
  Lsn end;                    // behind the last whole record
  std::uint64_t records = 0;  // that begin in this segment and are whole, the one that leaves it included not
  std::uint64_t commit_count = 0;
  std::optional<Commit> first_commit;
  std::vector<Commit> commits;  // when asked for
  // Replaying one clears the directory that it names, wherever it is: a copy must not do that. Not seen when
  // the record's header itself is cut by the segment's end.
  bool creates_tablespace = false;
  bool switched = false;     // ends with a switch of WAL: the rest of it means nothing
  bool ended_early = false;  // no record and no switch where one had to follow
  int server_version = 0;    // 15; 96 for 9.6
};

SegmentReport check_segment(std::string_view bytes, const Expected& expected);

}  // namespace outrider::wal
