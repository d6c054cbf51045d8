#include "agent/async/slow_call.hpp"

#include "agent/async/river.hpp"
#include "agent/async/test_clock.hpp"
#include "agent/core/clock.hpp"

#include <future>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using async::SlowCall;
using async::Task;

namespace {

// Comes back when the test says so.
struct Gate {
  std::promise<void> promise;
  std::shared_future<void> opened = promise.get_future().share();
};

Task<void> hang_and_come_back(async::SlowCalls& calls, Gate& gate) {
  async::TestClock clock;
  SlowCall<int> call(calls, clock, "the number");
  std::function<core::Outcome<int>()> wait = [opened = gate.opened]() -> core::Outcome<int> {
    opened.wait();
    return 7;
  };
  const core::Outcome<int> late = co_await call.ask(wait, 5ms);
  EXPECT_EQ(late.error().code, core::Errc::timed_out);
  const core::Outcome<int> again = co_await call.ask(wait, 5ms);
  EXPECT_EQ(again.error().code, core::Errc::busy) << "it is not asked twice at once";
  EXPECT_NE(again.error().what.find("still waiting for the number"), std::string::npos);

  SlowCall<int> other(calls, clock, "another number");
  const core::Outcome<int> unharmed = co_await other.ask([]() -> core::Outcome<int> { return 8; }, 5s);
  EXPECT_EQ(unharmed.value(), 8) << "one that hangs holds nobody else up";

  gate.promise.set_value();
  core::Outcome<int> answer = co_await call.ask(wait, 5s);
  for (int turn = 0; turn < 1000 && !answer; ++turn) {
    co_await clock.sleep(1ms);
    answer = co_await call.ask(wait, 5s);
  }
  EXPECT_EQ(answer.value(), 7);
}

}  // namespace

TEST(SlowCall, OneThatHangsIsLeftAloneAndAskedAgainWhenItHasReturned) {
  Gate gate;
  const auto calls = async::make_slow_calls(4);
  async::run_here([&](async::Executor) { return hang_and_come_back(*calls, gate); });
}

TEST(SlowCall, WhatHangsAtTheEndIsLeftBehind) {
  Gate gate;
  std::promise<void> ended;
  {
    const auto calls = async::make_slow_calls(1);
    std::promise<void> begun;
    ASSERT_TRUE(calls->submit(
        [&begun, &ended, opened = gate.opened] {
          begun.set_value();
          opened.wait();
          ended.set_value();
        },
        [] { ADD_FAILURE() << "there is nobody left to be told"; }));
    begun.get_future().wait();
  }
  gate.promise.set_value();
  ended.get_future().wait();
}
