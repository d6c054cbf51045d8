#include "agent/async/across.hpp"

#include "agent/async/mailbox.hpp"
#include "agent/async/river.hpp"

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

using namespace outrider::async;

namespace {

Task<void> until_closed(Mailbox<int>& box) {
  while (auto item = co_await box.receive()) (void)item;
}

Task<std::thread::id> where() { co_return std::this_thread::get_id(); }

Task<int> fails() {
  throw std::runtime_error("no");
  co_return 1;
}

Task<void> ask_across(Executor carry) {
  const auto home = std::this_thread::get_id();
  const auto there = co_await across(carry, where());
  EXPECT_NE(there, home);
  EXPECT_EQ(std::this_thread::get_id(), home);
  bool threw = false;
  try {
    co_await across(carry, fails());
  } catch (const std::runtime_error&) {
    threw = true;
  }
  EXPECT_TRUE(threw);
}

}  // namespace

TEST(Across, RunsThereAnswersHereAndBringsExceptionsHome) {
  River carry("carry");
  Mailbox<int> stop(carry.executor(), {.weight = 1, .when_full = WhenFull::refuse});
  carry.start(until_closed(stop), nullptr);
  run_here([&carry](Executor) { return ask_across(carry.executor()); },
           [&] {
             stop.close();
             carry.join();
           });
}
