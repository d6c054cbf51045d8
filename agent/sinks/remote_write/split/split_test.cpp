#include "agent/sinks/remote_write/split/split.hpp"

#include "agent/telemetry/remote_write/testing.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using sinks::remote_write::Split;
namespace wire = outrider::telemetry::remote_write;

namespace {

using Numbers = std::set<int>;

std::string portion(int count) {
  telemetry::FamilyWriter writer;
  const auto family = writer.family("g", telemetry::MetricType::gauge, "some");
  for (int n = 0; n < count; ++n) writer.put(family, n, {{"n", std::to_string(n)}});
  wire::PortionWriter portions({});
  return portions.write({std::make_shared<const telemetry::FamilySet>(writer.take())}, 1).at(0).packed;
}

struct Found {
  Numbers taken;
  int asked = 0;
};

// What a receiver has in the end that refuses what holds a series which is `bad`.
Found look_through(Split& split, const std::function<bool(int)>& bad) {
  Found found;
  while (!split.is_done()) {
    ++found.asked;
    Numbers numbers;
    for (const auto& one : wire::testing::series_in(split.next()))
      numbers.insert(std::stoi(one.labels.at("n")));
    EXPECT_EQ(numbers.size(), split.next_size());
    if (std::ranges::any_of(numbers, bad)) {
      split.refused(false);
    } else {
      found.taken.merge(numbers);
      split.taken();
    }
  }
  return found;
}

}  // namespace

TEST(Split, FindsTheSeriesThatIsMeantAndTheRestArrives) {
  auto split = Split::of(portion(1000));
  ASSERT_TRUE(split) << split.error().what;
  const Found found = look_through(*split, [](int n) { return n == 437; });
  EXPECT_EQ(found.taken.size(), 999u);
  EXPECT_EQ(split->refused_series(), 1u);
  EXPECT_EQ(split->example(), "g{n=\"437\"}");
  EXPECT_LT(found.asked, 25);
}

TEST(Split, WhereAllAreRefusedItDoesNotAskForEach) {
  auto split = Split::of(portion(1000));
  ASSERT_TRUE(split);
  const Found found = look_through(*split, [](int) { return true; });
  EXPECT_TRUE(found.taken.empty());
  EXPECT_EQ(split->refused_series(), 1000u);
  EXPECT_LT(found.asked, 30);
}

TEST(Split, WhereEverySecondIsRefusedItAsksSoOftenAndGivesUpTheRest) {
  auto split = Split::of(portion(1000));
  ASSERT_TRUE(split);
  const Found found = look_through(*split, [](int n) { return n % 2 == 0; });
  EXPECT_GT(found.taken.size(), 30u);
  EXPECT_EQ(found.taken.size() + split->refused_series(), 1000u);
  EXPECT_LT(found.asked, 300);
}

TEST(Split, WhatIsNoPortionIsNotLookedThrough) {
  EXPECT_FALSE(Split::of("no snappy"));
  EXPECT_FALSE(Split::of(wire::packed("")));
  EXPECT_FALSE(Split::of(wire::packed("\x0a\x7f")));
}
