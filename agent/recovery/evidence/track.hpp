// What is remembered from look to look, in bounded room: where WAL was when, how fast it grows, since when
// the archiver stands, since when something is so. Pure; the caller keeps it, and may lose it: it then knows
// less.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/evidence/evidence.hpp"
#include "agent/recovery/evidence/judgement.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace outrider::recovery {

// Everything committed before `at` lies before `written`: what an archive that reaches `written` cannot lose.
struct Mark {
  core::WallTime at{};
  core::Instant instant{};
  wal::Lsn written;
  std::optional<wal::Lsn> claimed;  // the end of what the archiver said it had archived
};

// The same file has been first in the archiver's queue, and nothing was archived.
struct Standstill {
  std::string oldest;  // the .ready file; empty: the queue cannot be seen
  std::string last_archived;
  std::uint64_t archived = 0;
  core::Instant since{};
  core::WallTime since_wall{};
  std::optional<wal::Lsn> written;  // where WAL was then
};

struct WalRate {
  std::optional<double> average;  // bytes a second, of about the last quarter of an hour; nothing: unknown
  std::optional<double> recent_most;  // the busiest minute of the last hour
};

struct Track {
  std::deque<Mark> marks;  // oldest first, the older the sparser
  std::optional<Standstill> standstill;
  WalRate rate;

  // Of the last look that said it.
  std::optional<std::uint64_t> system_id;
  std::optional<std::uint64_t> first_system_id;  // the one that is ours: the first that was seen
  std::optional<std::uint32_t> timeline;
  std::optional<core::WallTime> timeline_changed;
  std::optional<std::uint32_t> timeline_before;
  std::optional<std::uint64_t> checksum_failures;
  std::optional<std::uint64_t> database_bytes;

  // No transaction that wrote has ended since the look at `quiet_since`, where WAL was at `quiet_at`.
  std::string transactions;
  std::optional<core::WallTime> quiet_since;
  std::optional<wal::Lsn> quiet_at;

  std::optional<core::Instant> last_at;
  std::optional<core::WallTime> last_taken;
  std::optional<wal::Lsn> last_written;
  std::optional<core::WallTime> last_started;
  bool went_back = false;   // WAL was further on at the look before the last, on the same timeline
  core::Duration jumped{};  // the agent's clock against its own measure, between the last two looks
  std::deque<std::pair<core::Instant, std::uint64_t>> ready;      // the backlog over the last hour
  std::deque<std::pair<core::Instant, std::uint64_t>> positions;  // of WAL, a minute apart, of the last hour
  std::map<std::string, std::pair<Severity, core::WallTime>> since;  // of each judgement that holds
};

// To be called once for each look, before judge().
void remember(Track& track, const Evidence& evidence);

// The newest mark that lies before `lsn`, or nothing when all are behind it.
const Mark* mark_before(const Track& track, wal::Lsn lsn);
// The newest mark that is not younger than `when`.
const Mark* mark_at(const Track& track, core::WallTime when);

// Fills `since` from what held before, and forgets what holds no more.
void settle(Track& track, Judgements& judgements, core::WallTime now);

}  // namespace outrider::recovery
