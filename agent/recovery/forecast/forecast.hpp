// How long would a restore take now, and when will it take too long? From the phases of this catalog's own
// drills, and from what its proof standby replayed, and nothing else: restores of different sites differ by
// four orders of magnitude, so without a drill it is unknown. Pure.
//
//   time = fixed + size ÷ fetch rate + WAL since the backup ÷ replay rate, never less than segments ×
//   overhead
//
// `expected` is the middle of what the drills took, `cautious` their slow tenth: the promise is compared with
// the second.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/drill/record.hpp"
#include "agent/recovery/objectives.hpp"
#include "agent/recovery/standby/status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

enum class Confidence { none, low, fair, good };
std::string_view name_of(Confidence confidence);

struct ForecastView {
  std::string catalog;
  const std::vector<DrillRecord>* drills = nullptr;  // of all catalogs, oldest first
  // What a standby that follows the archive replayed as fast as it could. Without a drill they say nothing.
  std::vector<ReplaySample> replays;
  std::string set;                         // the one that would be restored
  std::optional<std::uint64_t> set_bytes;  // what its restore writes
  std::optional<core::WallTime> set_stopped;
  std::optional<std::uint64_t> wal_bytes;  // from its start to where the server writes
  std::uint64_t segment_bytes = 0;
  std::optional<double> wal_rate;              // bytes a second
  std::optional<core::Duration> backup_takes;  // the next one; nothing: unknown
  Objectives objectives;
  core::WallTime now{};
};

// What the drills say. Straight lines: seconds = fixed + amount × per_byte.
struct Rates {
  std::size_t drills = 0;
  std::optional<core::WallTime> newest;
  double fixed = 0;  // seconds: find, start, promote, and what fetch and replay take for nothing
  std::optional<double> fetch_per_byte, replay_per_byte;  // seconds
  double segment_overhead = 0;                            // seconds: no drill was ever faster a segment
  double slow = 1, fast = 1;  // measured ÷ expected: of the slow and the fast tenth of the drills
  std::optional<double> fetch_rate_low, replay_rate_low;  // bytes a second, the slow tenth, for people
};
Rates rates_of(const std::vector<DrillRecord>& drills, const std::string& catalog, core::WallTime now,
               const std::vector<ReplaySample>& replays = {});

struct Forecast {
  core::WallTime at{};
  std::string catalog, set;
  std::optional<core::Duration> expected, cautious, best;  // nothing: unknown
  Confidence confidence = Confidence::none;
  Rates rates;
  std::optional<std::uint64_t> set_bytes, wal_bytes;
  std::optional<double> wal_rate;
  core::Duration objective{};
  bool breached = false;                        // already now
  std::optional<core::WallTime> breach;         // when it will, at today's rate; nothing: not in sight
  std::optional<core::Duration> interval_most;  // between backups, to keep the promise; 0: none would
  std::optional<core::WallTime> backup_by;      // when one must be begun to be done before the breach
  std::string sentence;                         // "at 14:20 a restore would exceed 15m"
  std::string advice;                           // "take a differential backup by 14:05"; or empty
  std::string why;                              // when it is unknown

  bool known() const { return cautious.has_value(); }
};

Forecast forecast(const ForecastView& view);

// The same if so much WAL were written on top of today's.
Forecast with_more_wal(ForecastView view, std::uint64_t bytes);

}  // namespace outrider::recovery
