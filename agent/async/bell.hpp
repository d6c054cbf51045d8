// Wakes coroutines of one river. ring() wakes all who wait now; a ring with nobody waiting is not kept.
// So look at the state first and wait only while it is not what you need.
#pragma once

#include "agent/async/executor.hpp"

#include <boost/asio/steady_timer.hpp>

namespace outrider::async {

class Bell {
 public:
  explicit Bell(const Executor& executor) : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

  // Throws when the waiter is cancelled; a ring never throws.
  Task<void> wait();
  // For a wait that is usually given up: false when the waiter is cancelled, who has to end then. An
  // exception would cost more than all the rest of it.
  Task<bool> listen();
  void ring() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace outrider::async
