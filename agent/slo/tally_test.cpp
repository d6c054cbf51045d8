#include "agent/slo/tally.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::slo;
using namespace std::chrono_literals;

namespace {

const core::WallTime noon{std::chrono::seconds(1'795'960'800)};

}  // namespace

TEST(Tally, AnswersAreCountedInEachWindowThatHoldsThem) {
  Tally tally(24h * 30);
  tally.add(noon, Counts::of(false));
  tally.add(noon + 2h, Counts::of(true));
  EXPECT_EQ(tally.within(5min, noon + 2h), (Counts{1, 0}));
  EXPECT_EQ(tally.within(3h, noon + 2h), (Counts{1, 1}));
  EXPECT_EQ(tally.within(24h, noon + 20h), (Counts{1, 1}))
      << "by quarters of an hour, when minutes are forgotten";
  EXPECT_EQ(tally.within(24h * 30, noon + 24h * 31), (Counts{0, 0}));
  EXPECT_EQ(tally.within(1h, noon - 10h), (Counts{0, 0})) << "of before it began nothing is known";
}

TEST(Tally, AClockThatJumpsLosesNoMoreThanWhatItJumpsOver) {
  Tally tally(24h);
  for (int i = 0; i < 10; ++i) tally.add(noon + i * 1min, Counts::of(true));
  tally.add(noon + 5h, Counts::of(false));
  EXPECT_EQ(tally.within(6h, noon + 5h), (Counts{10, 1}));
  tally.add(noon + 10min, Counts::of(false));  // it jumped back
  EXPECT_EQ(tally.within(6h, noon + 5h), (Counts{10, 2})) << "counted where it belongs";
  tally.add(noon - 48h, Counts::of(false));
  EXPECT_EQ(tally.within(6h, noon + 5h), (Counts{10, 2})) << "too old to matter";
  tally.add(noon + 24h * 4000, Counts::of(true));
  EXPECT_EQ(tally.within(6h, noon + 24h * 4000), (Counts{1, 0})) << "and a jump of years costs no time";
}

TEST(Tally, WhatOneRunWroteTheNextOneKnows) {
  Tally tally(24h * 30);
  for (int i = 0; i < 500; ++i) tally.add(noon + i * 10min, Counts::of(i % 7 != 0));
  const core::WallTime now = noon + 500 * 10min;
  Tally again(24h * 30);
  ASSERT_TRUE(again.read(tally.written()));
  for (const core::Duration window : {core::Duration(5min), core::Duration(6h), core::Duration(24h * 30)})
    EXPECT_EQ(again.within(window, now), tally.within(window, now));
  Tally shorter(24h);
  ASSERT_TRUE(shorter.read(tally.written())) << "a period that was made shorter";
  EXPECT_EQ(shorter.within(24h, now), tally.within(24h, now));
}

TEST(Tally, OfAFileThatIsTornOrStrangeNothingIsTaken) {
  Tally tally(24h);
  tally.add(noon, Counts::of(true));
  for (const char* text : {"", "nonsense", "minutes\n1 2\n", "minutes\n1 2 x\n", "minutes\n-5 1 1\n",
                           "1 2 3\n", "minutes\n1 2 99999999999999999999\n", "minutes\n\n"}) {
    EXPECT_FALSE(tally.read(text)) << text;
    EXPECT_EQ(tally.within(1h, noon), (Counts{1, 0})) << text;
  }
  EXPECT_TRUE(tally.read("minutes\nquarters\n"));
}
