#include "agent/sources/otlp/series/classic_buckets.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

using namespace outrider::sources::otlp;
using Numbers = std::vector<double>;

TEST(ExplicitBuckets, AreTakenAsTheyAreAndWhatIsBrokenIsNot) {
  Point point;
  ClassicBuckets made;
  point.bounds = {1, 2};
  point.counts = {3, 4, 5};
  EXPECT_FALSE(explicit_buckets(point, made));
  EXPECT_EQ(made.bounds, (Numbers{1, 2}));
  EXPECT_EQ(made.counts, (Numbers{3, 4, 5}));
  point.counts = {3, 4};
  EXPECT_TRUE(explicit_buckets(point, made)) << "a bucket is missing";
  point.bounds = {2, 2};
  point.counts = {1, 1, 1};
  EXPECT_TRUE(explicit_buckets(point, made)) << "no order";
  point.bounds = {std::nan("")};
  point.counts = {1, 1};
  EXPECT_TRUE(explicit_buckets(point, made));
}

TEST(ExplicitBuckets, AHistogramMayHaveNoneOrSayItsLastBoundItself) {
  Point point;
  ClassicBuckets made;
  point.count = 7;
  EXPECT_FALSE(explicit_buckets(point, made));
  EXPECT_TRUE(made.bounds.empty());
  EXPECT_EQ(made.counts, Numbers{7});
  point.bounds = {1, std::numeric_limits<double>::infinity()};
  point.counts = {1, 2, 3};
  EXPECT_FALSE(explicit_buckets(point, made));
  EXPECT_EQ(made.bounds, Numbers{1});
  EXPECT_EQ(made.counts, (Numbers{1, 5}));
}

TEST(PowerBuckets, AreExactAtAnyFinerScale) {
  // Scale 2: four buckets between powers of two. Index -1 is (2^-0.25, 1], 0 is (1, 2^0.25], 3 ends at 2.
  Point point;
  point.scale = 2;
  point.zeros = 2;
  point.negative = {0, {1}};
  point.positive = {-1, {10, 1, 1, 1, 1, 100}};
  ClassicBuckets made;
  ASSERT_FALSE(power_buckets(point, made));
  EXPECT_EQ(made.bounds, (Numbers{0, 0.5, 1, 2, 4}));
  EXPECT_EQ(made.counts, (Numbers{3, 0, 10, 4, 100, 0}));
}

TEST(PowerBuckets, OfACoarseScaleAreItsOwn) {
  Point point;
  point.scale = -2;  // (1, 16]
  point.positive = {0, {5}};
  ClassicBuckets made;
  ASSERT_FALSE(power_buckets(point, made));
  EXPECT_EQ(made.bounds, (Numbers{0, 1, 16}));
  EXPECT_EQ(made.counts, (Numbers{0, 0, 5, 0}));
}

TEST(PowerBuckets, WhatIsFarOutIsBeyondAllBounds) {
  Point point;
  point.positive = {std::numeric_limits<std::int32_t>::max() - 1, {1}};
  ClassicBuckets made;
  ASSERT_FALSE(power_buckets(point, made));
  EXPECT_EQ(made.counts.back(), 1);
  point.positive.offset = std::numeric_limits<std::int32_t>::min();
  point.scale = -11;
  ASSERT_FALSE(power_buckets(point, made));
  EXPECT_EQ(made.counts.size(), made.bounds.size() + 1);
  point.scale = 21;
  EXPECT_TRUE(power_buckets(point, made));
}

TEST(PowerBuckets, AddUpWhateverTheirScalesAre) {
  Point fine, coarse;
  fine.scale = 3;
  fine.positive = {8, {1, 2}};  // (2, 4]
  coarse.positive = {5, {7}};   // (32, 64]
  ClassicBuckets sum, more;
  ASSERT_FALSE(power_buckets(fine, sum));
  ASSERT_FALSE(power_buckets(coarse, more));
  merge_powers(sum, more);
  EXPECT_EQ(sum.bounds, (Numbers{0, 2, 4, 32, 64}));
  EXPECT_EQ(sum.counts, (Numbers{0, 0, 3, 0, 7, 0}));
}
