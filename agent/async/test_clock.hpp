// The time of the system, for tests of what waits: the room that has the real clock stands above this one.
#pragma once

#include "agent/async/timer_call.hpp"
#include "agent/core/clock.hpp"

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::async {

class TestClock final : public core::Clock {
 public:
  core::Instant now() const override { return std::chrono::steady_clock::now(); }
  core::WallTime wall() const override { return {}; }
  Task<void> sleep_until(core::Instant when) override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  std::unique_ptr<core::DueCall> call_at(Executor river, core::Instant when,
                                         std::function<void()> what) override {
    return call_by_timer(std::move(river), when, std::move(what));
  }
};

}  // namespace outrider::async
