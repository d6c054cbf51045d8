// So many in such a time, and not one more: whoever asks in a loop is told to wait.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/core/clock.hpp"

#include <cstdint>
#include <deque>

namespace outrider::errand {

class Pace {
 public:
  explicit Pace(config::Budget most) : most_(most) {}

  bool take(core::Instant now) {
    while (!taken_.empty() && now - taken_.front() >= most_.per) taken_.pop_front();
    if (taken_.size() >= most_.count) return false;
    taken_.push_back(now);
    return true;
  }

 private:
  config::Budget most_;
  std::deque<core::Instant> taken_;  // no more than `count`
};

}  // namespace outrider::errand
