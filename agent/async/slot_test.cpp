#include "agent/async/slot.hpp"

#include "agent/async/river.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

using namespace outrider::async;

namespace {

Task<void> wait_for_ever(Executor executor, int& living) {
  Bell never(executor);
  ++living;
  struct Guard {
    int& count;
    ~Guard() { --count; }
  } guard{living};
  co_await never.wait();
}

Task<void> fail_at_once() {
  co_await yield_turn();
  throw std::runtime_error("broken");
}

Task<void> story(Executor executor) {
  int living = 0;
  int ends = 0;
  std::exception_ptr how;
  Slot slot(executor, [&](std::exception_ptr problem) {
    ++ends;
    how = std::move(problem);
  });
  slot.start(wait_for_ever(executor, living));
  co_await yield_turn();
  co_await yield_turn();
  EXPECT_EQ(living, 1);
  EXPECT_TRUE(slot.running());
  co_await slot.stop();
  EXPECT_EQ(living, 0);
  EXPECT_EQ(ends, 0) << "being stopped is not an end worth telling";

  slot.start(fail_at_once());
  for (int i = 0; i < 10; ++i) co_await yield_turn();
  EXPECT_EQ(ends, 1);
  EXPECT_TRUE(how != nullptr);
  EXPECT_FALSE(slot.running());
  co_await slot.stop();
}

}  // namespace

TEST(Slot, IsStoppedStartedAnewAndTellsOfAnEndThatNobodyAskedFor) {
  run_here([](Executor executor) { return story(executor); });
}
