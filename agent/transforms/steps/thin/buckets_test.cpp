#include "agent/transforms/steps/thin/buckets.hpp"

#include <string>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::steps;
using namespace std::chrono_literals;

namespace {

int taken(Buckets& buckets, std::string_view key, core::Instant now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += buckets.take(key, now) ? 1 : 0;
  return count;
}

}  // namespace

TEST(RateLimit, AllowsOnePeriodsWorthAtOnceAndFillsEvenly) {
  Buckets buckets(10, 1s);
  core::Instant now{};
  EXPECT_EQ(taken(buckets, "a", now, 100), 10);
  EXPECT_EQ(taken(buckets, "b", now, 3), 3) << "each key has its own";
  EXPECT_EQ(taken(buckets, "a", now + 500ms, 100), 5);
  EXPECT_EQ(taken(buckets, "a", now + 1h, 100), 10) << "no more is saved up";
  EXPECT_EQ(taken(buckets, "a", now, 100), 0) << "a clock that goes back gives nothing";
}

TEST(RateLimit, AFloodOfKeysTakesNoMoreMemoryAndIsLimitedTogether) {
  Buckets buckets(2, 1s);
  const core::Instant now{};
  int on = 0;
  for (std::size_t i = 0; i < 3 * Buckets::most_keys; ++i) on += taken(buckets, std::to_string(i), now, 1);
  EXPECT_EQ(buckets.size(), Buckets::most_keys);
  EXPECT_EQ(on, static_cast<int>(Buckets::most_keys) + 2);
  EXPECT_EQ(taken(buckets, "new", now + 1min, 5), 2);
  EXPECT_EQ(buckets.size(), 1u) << "what is full again is forgotten";
}
