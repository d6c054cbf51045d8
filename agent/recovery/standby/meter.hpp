// How fast the standby replays, measured only while it had something to replay: between two looks in which
// nothing was asked for in vain. Pure.
#pragma once

#include "agent/recovery/ground/ground.hpp"
#include "agent/recovery/standby/status.hpp"

#include <optional>
#include <vector>

namespace outrider::recovery {

class ReplayMeter {
 public:
  // The server was started anew: what it says from now on does not go on from before.
  void begin_anew();
  void look(core::Instant now, core::WallTime wall, std::optional<wal::Lsn> replayed, const Fetches& fetches);

  std::optional<double> bytes_per_second() const { return rate_; }
  // Long enough to be worth a word in a forecast; the last ones, oldest first.
  const std::vector<ReplaySample>& samples() const { return samples_; }

 private:
  void close(core::WallTime wall);

  struct Seen {
    core::Instant at{};
    wal::Lsn replayed;
    std::uint64_t served = 0, in_vain = 0;
  };
  std::optional<Seen> before_;
  std::uint64_t bytes_ = 0;
  core::Duration busy_{};
  std::optional<double> rate_;
  std::vector<ReplaySample> samples_;
};

}  // namespace outrider::recovery
