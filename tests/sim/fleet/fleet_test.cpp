// A few fixed seeds, so that every build lives through them. More by `./dev sim --fleet 200 --lives 1000`.
#include "tests/sim/fleet/fleet.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

void live(std::uint64_t seed, unsigned services, core::Duration length) {
  const sim::FleetAccount account = sim::live_as_a_fleet(seed, services, length);
  for (const std::string& promise : account.broken) {
    ADD_FAILURE() << promise << "\n  repeat with: ./dev sim --fleet " << services << " --seed " << seed
                  << " --minutes " << length / 1min;
  }
}

}  // namespace

class FleetLife : public testing::TestWithParam<int> {};

TEST_P(FleetLife, EveryPromiseHoldsInASmallFleet) { live(static_cast<std::uint64_t>(GetParam()), 15, 12min); }

INSTANTIATE_TEST_SUITE_P(Seeds, FleetLife, testing::Range(1, 25));

TEST(Fleet, EveryPromiseHoldsAmongTwoHundred) { live(1, 200, 5min); }

TEST(Fleet, TheTruthWasReallyAskedFor) {
  const sim::FleetAccount account = sim::live_as_a_fleet(3, 60, 30min);
  EXPECT_GT(account.explained, 50u);
  EXPECT_GT(account.roots_checked, 100u);
  EXPECT_GT(account.deaths, 0u);
  EXPECT_GT(account.restarts, 0u) << "nobody ever had to be restarted: the faults were no faults";
  EXPECT_GE(account.faults.size(), 8u);
}

TEST(Fleet, TwiceTheSameIsTwiceTheSameLife) {
  const sim::FleetAccount first = sim::live_as_a_fleet(42, 20, 10min);
  const sim::FleetAccount second = sim::live_as_a_fleet(42, 20, 10min);
  EXPECT_EQ(first.faults, second.faults);
  EXPECT_EQ(first.restarts, second.restarts);
  EXPECT_EQ(first.roots_checked, second.roots_checked);
}
