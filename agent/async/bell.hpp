// Wakes coroutines of one river. ring() wakes all who wait now; a ring with nobody waiting is not kept.
// So look at the state first and wait only while it is not what you need.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"

#include <boost/asio/steady_timer.hpp>

namespace outrider::async {

class Bell {
 public:
  explicit Bell(const Executor& executor) : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

  // Throws when the waiter is cancelled; a ring never throws.
  Task<void> wait();
  // True when it rang before it was time. For loops that wake now and then: it costs no exception.
  Task<bool> wait_until(core::Clock& clock, core::Instant when);
  void ring() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace outrider::async
