#include "agent/tracing/verdicts.hpp"

#include "agent/tracing/test_traces.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using testing::key;

TEST(Verdicts, AreRememberedForTheYoungestAndNoMore) {
  Verdicts verdicts(1000);
  for (std::uint64_t trace = 0; trace < 100'000; ++trace) verdicts.decide(key(trace), trace % 3 == 0);
  EXPECT_LE(verdicts.size(), 1000u);
  for (std::uint64_t trace = 99'600; trace < 100'000; ++trace) {
    const auto known = verdicts.find(key(trace));
    ASSERT_TRUE(known) << trace;
    EXPECT_EQ(known->keep, trace % 3 == 0);
  }
  EXPECT_FALSE(verdicts.find(key(1)));
}

TEST(Verdicts, AreTheSameWhenTheyAreWrittenDownAndReadAgain) {
  Verdicts before(1000), after(1000);
  for (std::uint64_t trace = 0; trace < 300; ++trace) before.decide(key(trace), trace % 2 == 0);
  const std::string news = before.take_news();
  EXPECT_EQ(Verdicts::count_of(news), 300u);
  EXPECT_TRUE(before.take_news().empty()) << "they are told once";
  after.recall(news);
  after.recall("torn");
  for (std::uint64_t trace = 0; trace < 300; ++trace) {
    ASSERT_TRUE(after.find(key(trace)));
    EXPECT_EQ(after.find(key(trace))->keep, trace % 2 == 0);
  }
  EXPECT_TRUE(after.take_news().empty()) << "what was read is no news";
}

TEST(Verdicts, CountWhatOfAKeptTraceHasGoneOn) {
  Verdicts verdicts(10);
  verdicts.decide(key(1), true);
  verdicts.decide(key(2), false);
  verdicts.passed(key(1), 700);
  verdicts.passed(key(1), 5'000'000'000);
  verdicts.passed(key(2), 1);
  verdicts.passed(key(3), 1);
  EXPECT_GT(verdicts.find(key(1))->passed_bytes, 4'000'000'000u) << "and no further than it can count";
  EXPECT_TRUE(verdicts.find(key(1))->keep);
  EXPECT_FALSE(verdicts.find(key(2))->keep);
  EXPECT_FALSE(verdicts.find(key(3)));
}

}  // namespace
}  // namespace outrider::tracing
