// Time comes in through this interface, so that the whole agent can live on a virtual clock.
// Instant is for measuring and waiting and never goes back; WallTime is for showing to people and may jump.
#pragma once

#include "agent/core/task.hpp"

#include <chrono>

namespace outrider::core {

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// The next whole second. Who does something each second does it then: a process that has little to do is
// woken once for all of it.
inline Instant second_after(Instant when) {
  return std::chrono::floor<std::chrono::seconds>(when) + std::chrono::seconds(1);
}

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;

  // Returns at or after `when`; throws operation_aborted when cancelled first. Safe on any river.
  virtual Task<void> sleep_until(Instant when) = 0;

  Task<void> sleep(Duration length) { return sleep_until(now() + length); }

  // For a wait that is usually given up: who is cancelled hears false where the clock knows how. An
  // exception would cost more than all the rest of a deadline.
  virtual Task<bool> doze_until(Instant when) {
    co_await sleep_until(when);
    co_return true;
  }
};

}  // namespace outrider::core
