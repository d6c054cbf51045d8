// How fast a value rises or falls, from what was seen of it. Robust: the middle of the slopes between all
// pairs of samples (Theil and Sen), so that a burst or a clean-up among them does not turn it round.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace outrider::probes {

class Trend {
 public:
  // Looks back over `window`, in at most 64 samples however often it is told.
  explicit Trend(core::Duration window) : window_(window) {}

  void add(core::Instant when, double value);
  void forget() { samples_.clear(); }

  // Per second. Nothing until a quarter of the window, and eight samples, have been seen.
  std::optional<double> slope() const;
  core::Duration seen() const;  // from the first sample to the last

 private:
  struct Sample {
    core::Instant when;
    double value = 0;
  };
  core::Duration window_;
  std::vector<Sample> samples_;  // oldest first
};

}  // namespace outrider::probes
