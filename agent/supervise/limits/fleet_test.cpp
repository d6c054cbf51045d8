#include "agent/supervise/limits/fleet.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;

namespace {

const core::WallTime noon{std::chrono::hours(500'000)};

}  // namespace

TEST(FleetBudget, CountsWhatAllOfThemHaveSpentWithinTheWindow) {
  FleetBudget budget("", 2, 1h, noon);
  EXPECT_FALSE(budget.spent());
  budget.spend();
  FleetBudget next(budget.record(), 2, 1h, noon + 20min);
  next.spend();
  FleetBudget third(next.record(), 2, 1h, noon + 30min);
  EXPECT_TRUE(third.spent());
  EXPECT_EQ(third.refills_in(), 30min);
  EXPECT_FALSE(FleetBudget(next.record(), 2, 1h, noon + 1h).spent());
}

TEST(FleetBudget, ATimeInTheFutureIsTakenForNow) {
  FleetBudget ahead("", 1, 1h, noon + 10h);
  ahead.spend();
  const FleetBudget budget(ahead.record(), 1, 1h, noon);
  EXPECT_TRUE(budget.spent());
  EXPECT_EQ(budget.refills_in(), 1h) << "no clock that is wrong keeps a fleet from being mended for longer";
}

TEST(FleetBudget, WhatIsNoRecordIsAnEmptyOne) {
  EXPECT_FALSE(FleetBudget("something else 1 2 3", 1, 1h, noon).spent());
  EXPECT_FALSE(FleetBudget("restarts x y", 1, 1h, noon).spent());
  EXPECT_TRUE(FleetBudget("", 0, 1h, noon).spent());
  EXPECT_EQ(FleetBudget("", 0, 1h, noon).refills_in(), core::Duration::max());
}
