#include "agent/os/sim_clock.hpp"

#include "agent/async/executor.hpp"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::os {

// An entry among those that wait for a time, for as long as it waits.
class SimClock::Sleeper {
 public:
  Sleeper(SimClock& clock, core::Instant when, std::function<void()> wake)
      : clock_(clock), key_(when, clock.sequence_++) {
    clock_.sleepers_.emplace(key_, std::move(wake));
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() { clock_.sleepers_.erase(key_); }

 private:
  SimClock& clock_;
  std::pair<core::Instant, std::uint64_t> key_;
};

class SimClock::Call final : public core::DueCall {
 public:
  Call(SimClock& clock, async::Executor river, core::Instant when, std::function<void()> what)
      : river_(std::move(river)), what_(std::make_shared<std::function<void()>>(std::move(what))) {
    if (when <= clock.now_) {
      make();
    } else {
      sleeper_.emplace(clock, when, [this] { make(); });
    }
  }

 private:
  void make() {
    async::post(river_, [wanted = std::weak_ptr(what_)] {
      if (const auto still_wanted = wanted.lock()) (*still_wanted)();
    });
  }

  async::Executor river_;
  std::shared_ptr<std::function<void()>> what_;
  std::optional<Sleeper> sleeper_;
};

core::Task<void> SimClock::sleep_until(core::Instant when) {
  if (when <= now_) {
    co_await async::yield_turn();  // a real clock lets others run, too
    co_return;
  }
  boost::asio::steady_timer timer(loop_, boost::asio::steady_timer::time_point::max());
  bool due = false;
  // A coroutine that was cancelled before it got here throws out of the co_await itself: forget it then, too.
  const Sleeper sleeper(*this, when, [&due, &timer] {
    due = true;
    timer.cancel();
  });
  (void)co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  if (!due) async::throw_cancelled();
}

std::unique_ptr<core::DueCall> SimClock::call_at(async::Executor river, core::Instant when,
                                                 std::function<void()> what) {
  return std::make_unique<Call>(*this, std::move(river), when, std::move(what));
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
    const auto wake = std::move(next->second);
    sleepers_.erase(next);
    wake();
    settle();
  }
  now_ = end;
}

}  // namespace outrider::os
