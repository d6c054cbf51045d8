// A few fixed seeds, so that every build lives through them. More by `./dev sim --lives 100`.
#include "tests/sim/story.hpp"
#include "tests/sim/told.hpp"

#include <gtest/gtest.h>

using namespace outrider;

class Life : public testing::TestWithParam<int> {};

TEST_P(Life, EveryPromiseHoldsThroughADayOfFaults) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const sim::Account account = sim::live_through(seed, std::chrono::hours(24));
  for (const std::string& promise : account.broken) {
    ADD_FAILURE() << promise << "\n  repeat with: ./dev sim --seed " << seed << " --hours 24";
  }
  EXPECT_FALSE(account.faults.empty());
  EXPECT_GT(account.lines, 1000u);
  EXPECT_GT(account.told, 10u) << "people are told of a begin and an end";
  EXPECT_GT(account.starts, 1u) << "nothing ever had to be restarted: the faults were no faults";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Life, testing::Range(1, 6));

TEST(Told, WhatIsAmissIsFound) {
  const sim::Told begin{"a.1", "a", "ServiceDown", "firing", "critical"};
  const sim::Told end{"a.2", "a", "ServiceDown", "resolved", "critical"};
  EXPECT_TRUE(sim::told_amiss({begin, end}, {}).empty());
  EXPECT_EQ(sim::told_amiss({begin}, {}).size(), 1u) << "no end";
  EXPECT_EQ(sim::told_amiss({begin, begin, end}, {}).size(), 1u) << "twice";
  EXPECT_EQ(sim::told_amiss({end, begin}, {}).size(), 2u) << "after its end";
  core::AlertsStatus waits;
  waits.notifiers.resize(1);
  waits.notifiers[0].waiting = 1;
  EXPECT_EQ(sim::told_amiss({}, waits).size(), 1u) << "never delivered";
}

TEST(Seed, TwiceTheSameIsTwiceTheSameLife) {
  const sim::Account first = sim::live_through(42, std::chrono::hours(6));
  const sim::Account second = sim::live_through(42, std::chrono::hours(6));
  EXPECT_EQ(first.faults, second.faults);
  EXPECT_EQ(first.starts, second.starts);
}
