#include "agent/os/clock.hpp"

#include "agent/async/timer_call.hpp"

#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::os {
namespace {

class RealClock final : public core::Clock {
 public:
  core::Instant now() const override { return std::chrono::steady_clock::now(); }
  core::WallTime wall() const override { return std::chrono::system_clock::now(); }

  core::Task<void> sleep_until(core::Instant when) override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }

  std::unique_ptr<core::DueCall> call_at(async::Executor river, core::Instant when,
                                         std::function<void()> what) override {
    return async::call_by_timer(std::move(river), when, std::move(what));
  }
};

}  // namespace

std::unique_ptr<core::Clock> make_clock() { return std::make_unique<RealClock>(); }

}  // namespace outrider::os
