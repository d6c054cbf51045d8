// g++ 12 destroys some temporaries inside a co_await expression twice. These tests pin the forms the house
// uses instead ("name it before you await it"); the tidy test bans the others.
#include "agent/async/river.hpp"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

using namespace outrider::async;

namespace {

struct Counted {
  int* count;
  explicit Counted(int* where) : count(where) { ++*count; }
  Counted(const Counted& other) : count(other.count) { ++*count; }
  Counted(Counted&& other) noexcept : count(other.count) { ++*count; }
  Counted& operator=(const Counted&) = delete;
  Counted& operator=(Counted&&) = delete;
  ~Counted() { --*count; }
};

struct Aggregate {
  Counted counted;
  int number = 0;
};

Task<int> take_aggregate(Aggregate aggregate) { co_return aggregate.number; }
Task<int> take_function(std::function<Task<int>()> function) { co_return co_await function(); }
Task<int> take_value(Counted value) {
  (void)value;
  co_return 1;
}

}  // namespace

TEST(CompilerTraps, ANamedAggregateMovedIntoAnAwaitIsDestroyedOnce) {
  int living = 0;
  run_here([&living](Executor) -> Task<void> {
    Aggregate aggregate{Counted(&living), 7};
    const int number = co_await take_aggregate(std::move(aggregate));
    EXPECT_EQ(number, 7);
  });
  EXPECT_EQ(living, 0);
}

TEST(CompilerTraps, ANamedCapturingLambdaIsDestroyedOnce) {
  int living = 0;
  run_here([&living](Executor) -> Task<void> {
    const Counted counted(&living);
    std::function<Task<int>()> function = [counted]() -> Task<int> { co_return 3; };
    const int number = co_await take_function(std::move(function));
    EXPECT_EQ(number, 3);
  });
  EXPECT_EQ(living, 0);
}

TEST(CompilerTraps, ATemporaryWithAConstructorIsDestroyedOnce) {
  int living = 0;
  run_here([&living](Executor) -> Task<void> { co_await take_value(Counted(&living)); });
  EXPECT_EQ(living, 0);
}
