#include "agent/os/sim_clock.hpp"

#include "agent/async/executor.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::os {

struct SimClock::Sleeper {
  boost::asio::steady_timer timer;
  bool due = false;
};

struct SimClock::Forget {
  std::map<std::pair<core::Instant, std::uint64_t>, Sleeper*>& sleepers;
  std::pair<core::Instant, std::uint64_t> key;
  ~Forget() { sleepers.erase(key); }
};

core::Task<void> SimClock::sleep_until(core::Instant when) {
  const bool due = co_await doze_until(when);
  if (!due) async::throw_cancelled();
}

core::Task<bool> SimClock::doze_until(core::Instant when) {
  if (when <= now_) {
    co_await async::yield_turn();  // a real clock lets others run, too
    co_return true;
  }
  Sleeper sleeper{boost::asio::steady_timer(loop_, boost::asio::steady_timer::time_point::max())};
  const auto key = std::make_pair(when, sequence_++);
  sleepers_.emplace(key, &sleeper);
  // A coroutine that was cancelled before it got here throws out of the co_await itself: forget it then, too.
  const Forget forget{sleepers_, key};
  (void)co_await sleeper.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return sleeper.due;
}

void SimClock::settle() {
  loop_.restart();
  while (loop_.poll() > 0) {
  }
}

void SimClock::advance_to(core::Instant end) {
  settle();
  while (!sleepers_.empty() && sleepers_.begin()->first.first <= end) {
    const auto next = sleepers_.begin();
    now_ = next->first.first;
    next->second->due = true;
    next->second->timer.cancel();
    sleepers_.erase(next);
    settle();
  }
  now_ = end;
}

}  // namespace outrider::os
