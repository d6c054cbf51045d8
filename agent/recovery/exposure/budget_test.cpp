#include "agent/recovery/exposure/budget.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;

TEST(Budget, UnknownMinutesAreSpentLikeBadOnes) {
  Minutes minutes;
  const Objectives objectives;
  for (int minute = 0; minute < 120; ++minute) {
    const MinuteKind kind = minute < 100   ? MinuteKind::good
                            : minute < 110 ? MinuteKind::bad
                                           : MinuteKind::unknown;
    for (int look = 0; look < 3; ++look)
      count_minute(minutes, kind, objectives,
                   noon + std::chrono::minutes(minute) + std::chrono::seconds(look * 20));
  }
  const Budget budget = budget_of(minutes, objectives, noon + 120min);
  EXPECT_EQ(budget.good, 100u);
  EXPECT_EQ(budget.bad, 10u);
  EXPECT_EQ(budget.unknown, 10u);
  EXPECT_NEAR(budget.left, (43.2 - 20) / 43.2, 1e-6) << "0.1% of 30 days are 43 minutes";
  EXPECT_GT(budget.burn_hour, 14.4);
}

TEST(Budget, MinutesThatNobodySawAreUnknown) {
  Minutes minutes;
  const Objectives objectives;
  count_minute(minutes, MinuteKind::good, objectives, noon);
  count_minute(minutes, MinuteKind::good, objectives, noon + 31min);
  EXPECT_EQ(budget_of(minutes, objectives, noon + 31min).unknown, 30u);
  count_minute(minutes, MinuteKind::bad, objectives, noon + 10min);  // the clock went back
  EXPECT_EQ(budget_of(minutes, objectives, noon + 31min).bad, 0u);
  count_minute(minutes, MinuteKind::good, objectives, noon + 24h * 400);
  EXPECT_LE(minutes.hours.size(), 722u);
  EXPECT_LT(budget_of(minutes, objectives, noon + 24h * 400).left, 0);
}

TEST(Budget, WhatIsKeptComesBackAndWhatIsTornIsRefused) {
  Minutes minutes;
  const Objectives objectives;
  for (int minute = 0; minute < 5000; minute += 7)
    count_minute(minutes, MinuteKind::good, objectives, noon + std::chrono::minutes(minute));
  const std::string text = write_minutes(minutes);
  const auto again = read_minutes(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(write_minutes(*again), text);
  EXPECT_FALSE(read_minutes(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(read_minutes(text.substr(0, 5)));
  EXPECT_FALSE(read_minutes(""));
  EXPECT_FALSE(read_minutes("minutes 2 0\n"));
  EXPECT_FALSE(read_minutes("minutes 1 5\n100 61 0 0\n"));
  EXPECT_FALSE(read_minutes("minutes 1 5\n100 1 0\n"));
}

TEST(Budget, AMinuteIsGoodOnlyWhenAllOfItIsKnown) {
  const Objectives objectives;
  Exposure exposure;
  EXPECT_EQ(kind_of_minute(exposure, objectives), MinuteKind::unknown);
  exposure.inferred.rpo = 30s;
  exposure.inferred.level = Level::listed;
  exposure.inferred.fade = Fade::fresh;
  EXPECT_EQ(kind_of_minute(exposure, objectives), MinuteKind::unknown) << "never proven";
  exposure.proven.as_of = noon;
  exposure.proven.fade = Fade::fading;
  EXPECT_EQ(kind_of_minute(exposure, objectives), MinuteKind::good);
  exposure.inferred.level = Level::claimed;
  EXPECT_EQ(kind_of_minute(exposure, objectives), MinuteKind::unknown);
  exposure.inferred.level = Level::checked;
  exposure.proven.fade = Fade::stale;
  EXPECT_EQ(kind_of_minute(exposure, objectives), MinuteKind::bad);
  exposure.proven.fade = Fade::fresh;
  exposure.inferred.rpo = 2h;
  EXPECT_EQ(kind_of_minute(exposure, objectives), MinuteKind::bad);
}
