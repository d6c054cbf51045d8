#include "agent/async/channel.hpp"
#include "agent/async/mailbox.hpp"
#include "agent/async/nursery.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/race.hpp"
#include "agent/async/retry.hpp"
#include "agent/async/river.hpp"
#include "agent/async/test_clock.hpp"

#include <future>
#include <stdexcept>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::async;
using namespace std::chrono_literals;

namespace {

TestClock test_clock;
int alive = 0;

struct Live {
  Live() { ++alive; }
  ~Live() { --alive; }
};

Task<void> forever() {
  const Live live;
  co_await test_clock.sleep(1h);
}

Task<void> quick() {
  const Live live;
  co_await test_clock.sleep(1ms);
}

Task<void> fails() {
  const Live live;
  co_await test_clock.sleep(2ms);
  throw std::runtime_error("child failed");
}

Task<int> answer_after(core::Duration wait, int answer) {
  co_await test_clock.sleep(wait);
  co_return answer;
}

Task<core::Outcome<int>> outcome_after(core::Duration wait, int answer) {
  co_await test_clock.sleep(wait);
  co_return answer;
}

void run(Task<void> (*test)()) {
  run_here([test](Executor) { return test(); });
  EXPECT_EQ(alive, 0) << "something outlived the test";
}

}  // namespace

TEST(Nursery, WaitsForEveryChild) {
  run([]() -> Task<void> {
    Nursery nursery(co_await boost::asio::this_coro::executor);
    nursery.start(quick());
    nursery.start(quick());
    co_await nursery.join();
    EXPECT_EQ(nursery.size(), 0u);
  });
}

TEST(Nursery, TheFirstFailureCancelsTheRestAndComesOut) {
  run([]() -> Task<void> {
    Nursery nursery(co_await boost::asio::this_coro::executor);
    nursery.start(forever());
    nursery.start(fails());
    std::string problem;
    try {
      co_await nursery.join();
    } catch (const std::runtime_error& error) {
      problem = error.what();
    }
    EXPECT_EQ(problem, "child failed");
    EXPECT_EQ(alive, 0);
  });
}

TEST(Nursery, ItsOwnCancellationPassesDown) {
  run([]() -> Task<void> {
    auto scope = []() -> Task<void> {
      Nursery inner(co_await boost::asio::this_coro::executor);
      inner.start(forever());
      inner.start(forever());
      co_await inner.join();
    };
    const bool in_time = co_await finish_within(test_clock, 5ms, scope());
    EXPECT_FALSE(in_time);
    EXPECT_EQ(alive, 0);
  });
}

TEST(Nursery, ChildrenStartedAfterCancelEndAtOnce) {
  run([]() -> Task<void> {
    Nursery nursery(co_await boost::asio::this_coro::executor);
    nursery.cancel();
    nursery.start(forever());
    co_await nursery.join();
  });
}

TEST(Race, ABranchThatNeverWaitsMayWin) {
  run([]() -> Task<void> {
    const auto at_once = []() -> Task<void> { co_return; };
    const bool in_time = co_await finish_within(test_clock, 1h, at_once());
    EXPECT_TRUE(in_time);
  });
}

TEST(Bell, SaysWhetherItRangBeforeItWasTime) {
  run([]() -> Task<void> {
    Bell bell(co_await boost::asio::this_coro::executor);
    Nursery nursery(co_await boost::asio::this_coro::executor);
    auto ringing = [](Bell& rung) -> Task<void> {
      co_await test_clock.sleep(1ms);
      rung.ring();
    };
    nursery.start(ringing(bell));
    const bool rang = co_await bell.wait_until(test_clock, test_clock.now() + 1h);
    EXPECT_TRUE(rang);
    co_await nursery.join();
    const bool rang_again = co_await bell.wait_until(test_clock, test_clock.now() + 2ms);
    EXPECT_FALSE(rang_again);
  });
}

TEST(Bell, IsGivenUpWithWhoeverWaits) {
  run([]() -> Task<void> {
    Bell bell(co_await boost::asio::this_coro::executor);
    auto waiting = [](Bell& silent) -> Task<void> {
      (void)co_await silent.wait_until(test_clock, test_clock.now() + 1h);
      ADD_FAILURE() << "it was cancelled";
    };
    const bool in_time = co_await finish_within(test_clock, 2ms, waiting(bell));
    EXPECT_FALSE(in_time);
  });
}

TEST(Deadline, GivesTheResultInTimeAndNothingWhenLate) {
  run([]() -> Task<void> {
    const auto in_time = co_await with_deadline(test_clock, 1s, answer_after(1ms, 42));
    EXPECT_EQ(in_time, 42);
    const auto late = co_await with_deadline(test_clock, 5ms, answer_after(1h, 42));
    EXPECT_FALSE(late.has_value());
  });
}

TEST(Deadline, LatenessIsAnErrorThatSaysWhatTookTooLong) {
  run([]() -> Task<void> {
    std::string doing = "asking the gateway";
    const auto late = co_await with_deadline(test_clock, 5ms, std::move(doing), outcome_after(1h, 1));
    EXPECT_FALSE(late.has_value());
    if (late) co_return;
    EXPECT_EQ(late.error().what, "asking the gateway took longer than 5ms");
    EXPECT_EQ(late.error().code, core::Errc::timed_out);
  });
}

TEST(Race, EndsWhenABranchThrows) {
  run([]() -> Task<void> {
    std::vector<Task<void>> runners;
    runners.push_back(forever());
    runners.push_back(fails());
    bool threw = false;
    try {
      co_await race_all(std::move(runners));
    } catch (const std::runtime_error&) {
      threw = true;
    }
    EXPECT_TRUE(threw);
    EXPECT_EQ(alive, 0);
  });
}

TEST(Race, GivesTheValueOfTheFirst) {
  run([]() -> Task<void> {
    const auto first = co_await race(answer_after(1h, 1), answer_after(1ms, 2));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(std::get<1>(first), 2);
  });
}

TEST(Channel, ASenderWaitsWhileItIsFull) {
  run([]() -> Task<void> {
    const Executor executor = co_await boost::asio::this_coro::executor;
    Channel<int> channel(executor, {.weight = 2, .when_full = WhenFull::wait});
    auto sender = [](Channel<int>& to) -> Task<void> {
      for (int i = 0; i < 5; ++i) co_await to.send(i);
      to.close();
    };
    Nursery nursery(executor);
    nursery.start(sender(channel));
    std::vector<int> got;
    while (auto item = co_await channel.receive()) {
      EXPECT_LE(channel.size(), 2u);
      got.push_back(*item);
    }
    co_await nursery.join();
    EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4}));
  });
}

TEST(Channel, DropOldestKeepsTheNewestAndCounts) {
  run([]() -> Task<void> {
    Channel<int> channel(co_await boost::asio::this_coro::executor,
                         {.weight = 2, .when_full = WhenFull::drop_oldest});
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(channel.try_send(i));
    EXPECT_EQ(channel.dropped(), 3u);
    EXPECT_EQ(channel.try_receive(), 3);
    EXPECT_EQ(channel.try_receive(), 4);
  });
}

TEST(Channel, RefuseTellsTheSender) {
  run([]() -> Task<void> {
    Channel<std::string> channel(
        co_await boost::asio::this_coro::executor, {.weight = 10, .when_full = WhenFull::refuse},
        [](const std::string& text) { return static_cast<std::uint64_t>(text.size()); });
    EXPECT_TRUE(channel.try_send("12345678"));
    EXPECT_FALSE(channel.try_send("12345678"));
    (void)channel.try_receive();
    EXPECT_TRUE(channel.try_send(std::string(100, 'x'))) << "an oversized item is let in alone";
    EXPECT_FALSE(channel.try_send("1"));
  });
}

TEST(Mailbox, CarriesFromThreadToThreadWithoutLoss) {
  run([]() -> Task<void> {
    constexpr int count = 20'000;
    Mailbox<int> mailbox(co_await boost::asio::this_coro::executor,
                         {.weight = count, .when_full = WhenFull::refuse});
    std::thread poster([&mailbox] {
      for (int i = 0; i < count; ++i) EXPECT_TRUE(mailbox.post(i));
      mailbox.close();
    });
    int expected = 0;
    while (auto item = co_await mailbox.receive()) EXPECT_EQ(*item, expected++);
    poster.join();
    EXPECT_EQ(expected, count);
  });
}

TEST(Mailbox, AFullOneSaysSoOrDropsTheOldest) {
  run([]() -> Task<void> {
    const Executor executor = co_await boost::asio::this_coro::executor;
    Mailbox<int> refusing(executor, {.weight = 1, .when_full = WhenFull::refuse});
    EXPECT_TRUE(refusing.post(1));
    EXPECT_FALSE(refusing.post(2));
    Mailbox<int> dropping(executor, {.weight = 1, .when_full = WhenFull::drop_oldest});
    EXPECT_TRUE(dropping.post(1));
    EXPECT_TRUE(dropping.post(2));
    EXPECT_EQ(dropping.dropped(), 1u);
    EXPECT_EQ(co_await dropping.receive(), 2);
  });
}

TEST(Retry, StopsAtTheFirstSuccessAndAtWhatIsNotWorthRepeating) {
  run([]() -> Task<void> {
    int calls = 0;
    struct Fixed final : core::Random {
      std::uint64_t next() override { return 0; }
    } random;
    std::function<Task<core::Outcome<int>>()> third_time = [&calls]() -> Task<core::Outcome<int>> {
      if (++calls < 3) co_return core::fail(core::Errc::unavailable, "away");
      co_return calls;
    };
    std::function<bool(const core::Error&)> unavailable = [](const core::Error& error) {
      return error.code == core::Errc::unavailable;
    };
    const Backoff backoff{.first = 1ms, .most = 2ms};
    const auto got = co_await retry<int>(test_clock, random, backoff, 5, third_time, unavailable);
    EXPECT_EQ(got, 3);

    std::function<Task<core::Outcome<int>>()> denied = [&calls]() -> Task<core::Outcome<int>> {
      ++calls;
      co_return core::fail(core::Errc::denied, "no");
    };
    calls = 0;
    const auto refused = co_await retry<int>(test_clock, random, backoff, 5, denied, unavailable);
    EXPECT_FALSE(refused.has_value());
    EXPECT_EQ(calls, 1);
  });
}

TEST(Backoff, GrowsToItsLimitAndNeverBeyond) {
  struct Highest final : core::Random {
    std::uint64_t next() override { return ~std::uint64_t{0}; }
  } random;
  const Backoff backoff{.first = 1s, .most = 10s, .factor = 2, .jitter = 0.2};
  EXPECT_GT(backoff.wait_before(1, random), 1s);
  EXPECT_LE(backoff.wait_before(1, random), 1200ms);
  EXPECT_EQ(backoff.wait_before(100, random), 10s);
}

TEST(Offload, ReturnsAndThrowsAcrossThreads) {
  run([]() -> Task<void> {
    const auto pool = make_thread_pool(2);
    const auto here = std::this_thread::get_id();
    auto elsewhere = [] { return std::this_thread::get_id(); };
    const auto there = co_await offload(*pool, elsewhere);
    EXPECT_NE(here, there);
    EXPECT_EQ(here, std::this_thread::get_id());
    auto throws = []() -> int { throw std::runtime_error("no"); };
    bool threw = false;
    try {
      co_await offload(*pool, throws);
    } catch (const std::runtime_error&) {
      threw = true;
    }
    EXPECT_TRUE(threw);
  });
}

TEST(Offload, ACancelledCallerWaitsForWhatItLent) {
  run([]() -> Task<void> {
    const auto pool = make_thread_pool(1);
    std::atomic<bool> job_ended = false;
    auto slow = [&job_ended] {
      std::this_thread::sleep_until(std::chrono::steady_clock::now() + 50ms);
      job_ended = true;
    };
    auto lend = [](Pool& to, std::function<void()> job) -> Task<void> {
      co_await offload(to, std::move(job));
    };
    const bool in_time = co_await finish_within(test_clock, 5ms, lend(*pool, slow));
    EXPECT_FALSE(in_time);
    EXPECT_TRUE(job_ended);
  });
}

TEST(River, RunsWorkOnItsOwnThreadUntilCancelled) {
  River river("decide");
  std::promise<std::exception_ptr> ended;
  river.start(forever(), [&ended](std::exception_ptr problem) { ended.set_value(std::move(problem)); });
  river.cancel();
  EXPECT_TRUE(is_cancellation(ended.get_future().get()));
  river.join();
  EXPECT_EQ(alive, 0);
}
