// How many restarts of the living a whole fleet has made, as its lease's record keeps it. Pure.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::supervise {

// The wall clocks of a fleet differ a little, and a record may be from the future: what is spent comes back
// `per` later by the clock of whoever reads it, and never later than that from now on.
class FleetBudget {
 public:
  FleetBudget(std::string_view record, std::uint32_t count, core::Duration per, core::WallTime now);

  bool spent() const { return times_.size() >= count_; }
  core::Duration refills_in() const;  // zero when something is left
  void spend() { times_.push_back(now_); }
  std::string record() const;

 private:
  std::vector<core::WallTime> times_;  // oldest first
  std::uint32_t count_;
  core::Duration per_;
  core::WallTime now_;
};

}  // namespace outrider::supervise
