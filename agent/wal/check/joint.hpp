// Where two segments meet. A record may begin in one and end in the next, and each record names the one
// before it; so of two neighbours, each sound by itself, the joint must be sound too. A head and a tail are
// small enough to be remembered when the segments are long forgotten.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace outrider::wal {

enum class FaultKind {
  broken_file,     // what the archive stored cannot be unpacked
  wrong_size,      // not as many bytes as a segment has
  not_wal,         // no page header of any PostgreSQL that is known
  swapped,         // sound, but another segment than its name says
  wrong_system,    // of another cluster
  wrong_timeline,  // of a timeline that does not lead here
  broken_page,     // a page header is not what was written
  broken_record,   // a record is not what was written
  ended_early,     // the records stop, and no switch of WAL says why
  broken_joint,    // each of two segments is sound, but the second does not follow the first
};

std::string_view name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::broken_record;
  std::uint64_t offset = 0;  // in the segment
  Lsn lsn;                   // of the record or page that is broken
  std::string what;          // a sentence without its full stop
};

struct Commit {
  Lsn lsn;                // of the record
  std::uint32_t xid = 0;  // 0: it cannot be told, which only happens to a large COMMIT PREPARED
  core::WallTime time{};

  bool operator==(const Commit&) const = default;
};

inline constexpr std::size_t kept_bytes = 64;  // of a record that two segments share: enough to read a commit

// The beginning of a segment: what is left of a record from before it, and its first own record.
struct Head {
  std::uint32_t rest_bytes = 0;  // of the record that came in; the part in this segment and in those after it
  std::uint32_t here_bytes = 0;  // how much of it is in this segment
  std::string first_bytes;       // of the part that is here, up to kept_bytes
  std::uint32_t crc_after = 0;   // of the part that is here behind first_bytes
  bool overwrites = false;       // a crash cut the record that came in; it was given up
  std::optional<Lsn> first_record;
  std::optional<Lsn> first_prev;  // the record that it says is before it
  std::uint64_t system_id = 0;
  std::uint16_t magic = 0;          // of each page: tells the server's version
  std::uint32_t page_timeline = 0;  // of the first page

  bool operator==(const Head&) const = default;
};

// The end of a segment.
struct Tail {
  std::optional<Lsn> last_record;  // the last whole one that began here or came in
  std::optional<Lsn> open_record;  // begins here and goes on in the next
  std::uint32_t open_bytes = 0;    // its whole length
  std::uint32_t open_done = 0;     // how much of it is here
  std::string open_first_bytes;    // up to kept_bytes
  std::uint32_t open_crc = 0;      // so far, of what is behind the record's own header
  std::uint64_t system_id = 0;
  std::uint16_t magic = 0;
  std::uint32_t page_timeline = 0;  // of the last page
  std::optional<Commit> last_commit;

  bool operator==(const Tail&) const = default;
};

// The whole segment lies inside a record that came in. Then its tail means nothing until it was joined.
bool is_inside_record(const Head& head);

// The second's place is `at`, for the sentence and the offset.
struct Joint {
  std::optional<Fault> fault;
  Tail tail;                     // of both together: differs from the second's when a record runs through it
  std::optional<Commit> commit;  // when the record that they share is one
};

Joint join(const Tail& before, const Head& after, const Tail& after_tail, Lsn at);

}  // namespace outrider::wal
