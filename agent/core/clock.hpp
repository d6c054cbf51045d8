// Time comes in through this interface, so that the whole agent can live on a virtual clock.
// Instant is for measuring and waiting and never goes back; WallTime is for showing to people and may jump.
#pragma once

#include "agent/core/task.hpp"

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace outrider::core {

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// The next whole second. Who does something each second does it then: a process that has little to do is
// woken once for all of it.
inline Instant second_after(Instant when) {
  return std::chrono::floor<std::chrono::seconds>(when) + std::chrono::seconds(1);
}

// A call that is due at some time. Dropped before, it is never made.
class DueCall {
 public:
  DueCall() = default;
  DueCall(const DueCall&) = delete;
  DueCall& operator=(const DueCall&) = delete;
  virtual ~DueCall() = default;
};

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

  // Calls `what` on `river`, which is the caller's own, at or after `when`. What a deadline costs that is
  // met: so neither a coroutine nor an exception.
  virtual std::unique_ptr<DueCall> call_at(boost::asio::any_io_executor river, Instant when,
                                           std::function<void()> what) = 0;
};

}  // namespace outrider::core
