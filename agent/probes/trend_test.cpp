#include "agent/probes/trend.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using probes::Trend;

namespace {

core::Instant at(core::Duration after) { return core::Instant{} + 24h + after; }

}  // namespace

TEST(Trend, SaysNothingUntilItHasSeenAQuarterOfItsWindow) {
  Trend trend(1h);
  for (int minute = 0; minute < 15; ++minute) {
    trend.add(at(minute * 1min), minute);
    EXPECT_FALSE(trend.slope()) << minute;
  }
  trend.add(at(15min), 15);
  EXPECT_NEAR(trend.slope().value(), 1.0 / 60, 1e-9);
}

TEST(Trend, ABurstAndACleanUpDoNotTurnItRound) {
  Trend trend(1h);
  for (int minute = 0; minute <= 60; ++minute) {
    const bool strange = minute == 20 || minute == 21 || minute == 45;
    trend.add(at(minute * 1min), strange ? 10000 : -minute * 60.0);
  }
  EXPECT_NEAR(trend.slope().value(), -1.0, 0.05);
}

TEST(Trend, ForgetsWhatIsOlderThanItsWindow) {
  Trend trend(10min);
  for (int minute = 0; minute < 30; ++minute) trend.add(at(minute * 1min), minute * 1000.0);
  for (int minute = 30; minute < 45; ++minute) trend.add(at(minute * 1min), 29000);
  EXPECT_NEAR(trend.slope().value(), 0, 1e-9);
  EXPECT_LE(trend.seen(), 10min);
}

TEST(Trend, KeepsFewSamplesHoweverOftenItIsTold) {
  Trend trend(1h);
  for (int second = 0; second <= 7200; ++second) trend.add(at(second * 1s), second);
  EXPECT_GT(trend.seen(), 55min) << "the old ones stay";
  EXPECT_NEAR(trend.slope().value(), 1, 1e-6);
}
