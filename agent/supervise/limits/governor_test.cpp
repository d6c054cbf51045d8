#include "agent/supervise/limits/governor.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;

namespace {

const core::Instant start = core::Instant{} + 1h;

struct Middle final : core::Random {
  std::uint64_t next() override { return std::uint64_t{1} << 63; }  // share() == 0.5: no jitter
} middle;

}  // namespace

TEST(Budget, GivesSoManyPerWindowAndEachComesBackAWindowLater) {
  Budget budget(2, 1h);
  EXPECT_EQ(budget.left(start), 2u);
  budget.spend(start);
  budget.spend(start + 10min);
  EXPECT_EQ(budget.left(start + 20min), 0u);
  EXPECT_EQ(budget.refills_at(start + 20min), start + 1h);
  EXPECT_EQ(budget.left(start + 1h), 1u);
  EXPECT_EQ(budget.left(start + 70min), 2u);
}

TEST(Budget, SpentBeyondItsLimitRefillsLater) {
  Budget budget(2, 1h);
  budget.spend(start);
  budget.spend(start + 1min);
  budget.spend(start + 2min);  // an operator insisted
  EXPECT_EQ(budget.left(start + 60min), 0u);
  EXPECT_EQ(budget.refills_at(start + 60min), start + 61min);
  EXPECT_EQ(budget.left(start + 61min), 1u);
}

TEST(Budget, CountsFromTheStartAndNotFromTheStopBeforeIt) {
  Budget budget(1, 1h);
  budget.spend(start);
  budget.made(start + 30s);  // it took its time to stop
  EXPECT_EQ(budget.left(start + 1h), 0u) << "two starts would lie less than an hour apart";
  EXPECT_EQ(budget.left(start + 1h + 30s), 1u);
  Budget unused(1, 1h);
  unused.made(start);
  EXPECT_EQ(unused.left(start), 1u) << "what was not spent is there";
}

TEST(Budget, OfNothingNeverRefills) {
  const Budget budget(0, 1h);
  EXPECT_EQ(budget.left(start), 0u);
  EXPECT_EQ(budget.refills_at(start), core::Instant::max());
}

TEST(Pace, TheFirstRestartIsImmediateThenTheWaitDoublesToItsMost) {
  const async::Backoff backoff{.first = 1s, .most = 5s, .factor = 2, .jitter = 0.2};
  Pace pace(backoff, 1min);
  std::vector<core::Duration> waits;
  for (int i = 0; i < 5; ++i) {
    waits.push_back(pace.wait(2s, middle));
    pace.restarted(2s);
  }
  EXPECT_EQ(waits, (std::vector<core::Duration>{0s, 1s, 2s, 4s, 5s}));
}

TEST(Pace, AStableRunMakesTheNextRestartImmediateAgain) {
  Pace pace({}, 1min);
  for (int i = 0; i < 4; ++i) pace.restarted(1s);
  EXPECT_EQ(pace.wait(1min, middle), 0s);
  EXPECT_GT(pace.wait(59s, middle), 0s);
  pace.restarted(2min);
  EXPECT_EQ(pace.wait(1s, middle), 1s);
}
