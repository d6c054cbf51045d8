// What is known of the proof standby. Plain data: the exposure, the page and the metrics read it.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/standby/state.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

// So much WAL was replayed in so long, with something to replay all the while.
struct ReplaySample {
  core::WallTime at{};
  std::uint64_t bytes = 0;
  core::Duration took{};
};

struct StandbyStatus {
  StandbyState state = StandbyState::preparing;
  core::WallTime since{};  // in this state
  std::string sentence;    // what it does, or why it cannot
  std::string segment;     // the one at which it stands, when it is broken
  std::string catalog;     // Catalog::target()
  std::string directory;
  std::string set;  // that it began from
  std::optional<std::uint64_t> system_id;

  std::optional<wal::Lsn> replayed;
  std::uint32_t timeline = 0;                 // of the last segment that it got; 0: none yet
  std::optional<core::WallTime> last_commit;  // that it replayed
  std::uint64_t behind = 0;                   // segments that the archive lists and it has not got

  // The last time that it was seen to advance, or to have all there is; and where it was then.
  std::optional<core::WallTime> proven_at;
  std::optional<wal::Lsn> proven_to;
  std::optional<std::uint64_t> canary;        // the newest acknowledged row that can be read in it
  std::optional<core::WallTime> canary_time;  // when that one was acknowledged
  std::optional<double> bytes_per_second;     // of replay, while there was something to replay
  std::vector<ReplaySample> samples;          // empty where a ceiling is set: they would say nothing
  std::uint64_t starts = 0, restores = 0;     // since the agent began
  bool throttled = false;
};

}  // namespace outrider::recovery
