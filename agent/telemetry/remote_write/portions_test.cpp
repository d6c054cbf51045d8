#include "agent/telemetry/remote_write/portions.hpp"

#include "agent/telemetry/remote_write/portion_view.hpp"
#include "agent/telemetry/remote_write/series_writer.hpp"
#include "agent/telemetry/remote_write/testing.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry;
using namespace outrider::telemetry::remote_write;
using remote_write::testing::series_in;
using remote_write::testing::Told;

namespace {

using Numbers = std::vector<int>;
using Words = std::map<std::string, std::string>;

FamilySetPointer gauges(const Numbers& numbers, double value = 1) {
  FamilyWriter writer;
  const auto family = writer.family("g", MetricType::gauge, "some gauges");
  for (const int n : numbers) writer.put(family, value, {{"n", std::to_string(n)}});
  return std::make_shared<const FamilySet>(writer.take());
}

std::string shown(const Told& one) {
  return one.labels.at("n") + (one.bits == stale_bits ? " is over" : "") + " @ " +
         std::to_string(one.milliseconds);
}

std::vector<std::string> shown(const std::vector<Portion>& portions) {
  std::vector<std::string> all;
  for (const Told& one : series_in(portions)) all.push_back(shown(one));
  return all;
}

}  // namespace

TEST(Portions, ASeriesHasItsLabelsInOrderAndThoseThatAreAddedOnlyWhereItHasNoneOfThatName) {
  View view;
  view.labels = {{"job", "outrider"}, {"A", "first"}};
  PortionWriter writer(view);
  FamilyWriter families;
  const auto gauge = families.family("temperature", MetricType::gauge, "");
  families.put(gauge, -1.5, {{"room", "a \"b\"\\\n\\n"}, {"job", "own"}});
  families.put(gauge, 2, {{"room", "Zoë"}});
  const auto told = series_in(writer.write({std::make_shared<const FamilySet>(families.take())}, 1234));
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].labels,
            (Words{{"A", "first"}, {"__name__", "temperature"}, {"job", "own"}, {"room", "a \"b\"\\\n\\n"}}));
  EXPECT_EQ(told[1].labels,
            (Words{{"A", "first"}, {"__name__", "temperature"}, {"job", "outrider"}, {"room", "Zoë"}}));
  EXPECT_EQ(told[0].value(), -1.5);
  EXPECT_EQ(told[0].milliseconds, 1234);
}

TEST(Portions, TheOrderOfLabelsIsThatOfTheirBytes) {
  PortionWriter writer({});
  FamilyWriter families;
  families.put(families.family("x", MetricType::gauge, ""), 1,
               {{"b", "1"}, {"Z", "2"}, {"_", "3"}, {"a", "4"}});
  const auto portions = writer.write({std::make_shared<const FamilySet>(families.take())}, 1);
  const std::string plain = *unpacked(portions.at(0).packed, 1000);
  EXPECT_EQ(shown_series(series_of(plain)->at(0)), "x{Z=\"2\",_=\"3\",a=\"4\",b=\"1\"}");
}

TEST(Portions, AHistogramIsTheSeriesThatPrometheusMakesOfIt) {
  PortionWriter writer({});
  FamilyWriter families;
  const std::vector<BucketView> buckets{
      {0.5, 1, "{trace_id=\"abc\"} 0.25 1700000000.5"}, {1, 3}, {std::numeric_limits<double>::infinity(), 4}};
  families.put_histogram(families.family("took_seconds", MetricType::histogram, "how long"), {buckets, 7.5},
                         {});
  const auto set = std::make_shared<const FamilySet>(families.take());
  const auto told = series_in(writer.write({set}, 10));
  std::map<std::string, double> values;
  for (const Told& one : told)
    values[one.name() + (one.labels.contains("le") ? one.labels.at("le") : "")] = one.value();
  EXPECT_EQ(values, (std::map<std::string, double>{{"took_seconds_bucket0.5", 1},
                                                   {"took_seconds_bucket1.0", 3},
                                                   {"took_seconds_bucket+Inf", 4},
                                                   {"took_seconds_count", 4},
                                                   {"took_seconds_sum", 7.5}}));
  EXPECT_EQ(told[0].exemplar, "trace_id=abc 0.250000 @ 1700000000500");
  EXPECT_EQ(series_in(writer.write({set}, 20))[0].exemplar, "") << "an exemplar goes once";
}

TEST(Portions, ASeriesThatIsShownNoMoreIsSaidToBeOverOnceAndMayComeBack) {
  PortionWriter writer({});
  EXPECT_EQ(shown(writer.write({gauges({1, 2})}, 10)), (std::vector<std::string>{"1 @ 10", "2 @ 10"}));
  EXPECT_EQ(shown(writer.write({gauges({2})}, 20)), (std::vector<std::string>{"2 @ 20", "1 is over @ 20"}));
  EXPECT_EQ(shown(writer.write({gauges({2})}, 30)), (std::vector<std::string>{"2 @ 30"}));
  EXPECT_EQ(shown(writer.write({gauges({1, 2})}, 40)), (std::vector<std::string>{"1 @ 40", "2 @ 40"}));
  EXPECT_EQ(shown(writer.write({}, 50)), (std::vector<std::string>{"1 is over @ 50", "2 is over @ 50"}));
}

TEST(Portions, ANumberThatIsNoneIsNotTakenForTheEndOfItsSeries) {
  PortionWriter writer({});
  const auto told = series_in(
      writer.write({gauges({1}, std::bit_cast<double>(stale_bits)), gauges({2}, std::nan(""))}, 10));
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].bits, nan_bits);
  EXPECT_EQ(told[1].bits, nan_bits);
}

TEST(Portions, WhatASourceDatesItselfGoesOnceAndNeverBackwards) {
  const auto dated = [](std::int64_t milliseconds) {
    auto set = std::make_shared<FamilySet>(*gauges({1, 2}));
    set->families[0].samples[0].milliseconds = milliseconds;
    return FamilySetPointer(set);
  };
  PortionWriter writer({});
  EXPECT_EQ(shown(writer.write({dated(5)}, 10)), (std::vector<std::string>{"1 @ 5", "2 @ 10"}));
  EXPECT_EQ(shown(writer.write({dated(5)}, 20)), (std::vector<std::string>{"2 @ 20"}));
  EXPECT_EQ(shown(writer.write({dated(3)}, 30)), (std::vector<std::string>{"2 @ 30"}));
  EXPECT_EQ(shown(writer.write({dated(6)}, 40)), (std::vector<std::string>{"1 @ 6", "2 @ 40"}));
  EXPECT_EQ(shown(writer.write({}, 50)), (std::vector<std::string>{"2 is over @ 50"}));
}

TEST(Portions, AreNoLargerThanTheyMayAndEachSaysWhatItsFamiliesAre) {
  Numbers many;
  for (int n = 0; n < 25; ++n) many.push_back(n);
  PortionWriter writer({}, {.samples = 10, .bytes = 1u << 20});
  const auto portions = writer.write({gauges(many)}, 10);
  ASSERT_EQ(portions.size(), 3u);
  EXPECT_EQ(portions[0].samples, 10u);
  EXPECT_EQ(portions[2].samples, 5u);
  for (const Portion& portion : portions) {
    const std::string plain = *unpacked(portion.packed, 1u << 20);
    EXPECT_EQ(plain.size(), portion.bytes);
    EXPECT_NE(plain.find("some gauges"), std::string::npos);
    EXPECT_EQ(series_of(plain)->size(), portion.samples);
  }
  PortionWriter narrow({}, {.samples = 2000, .bytes = 100});
  EXPECT_GT(narrow.write({gauges(many)}, 10).size(), 3u);
}

TEST(Portions, WhereTwoSetsShowTheSameTheFirstIsSent) {
  PortionWriter writer({});
  const auto told = series_in(writer.write({gauges({1}, 7), gauges({1, 2}, 8)}, 10));
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].value(), 7);
  EXPECT_EQ(told[1].value(), 8);
}

TEST(View, TakesByName) {
  const auto kept = [](View view) {
    std::set<std::string> names;
    for (const char* const name : {"up", "go_threads", "go_gc_seconds_sum", "outrider_up"}) {
      if (takes(view, name)) names.insert(name);
    }
    return names;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(kept({}).size(), 4u);
  EXPECT_EQ(kept({.keep = {"up"}, .drop = {}, .labels = {}}), Names{"up"});
  EXPECT_EQ(kept({.keep = {}, .drop = {"go_*"}, .labels = {}}), (Names{"up", "outrider_up"}));
  EXPECT_EQ(kept({.keep = {"*up"}, .drop = {"o*r_up"}, .labels = {}}), Names{"up"});
  EXPECT_EQ(kept({.keep = {"go_*_s*m"}, .drop = {}, .labels = {}}), Names{"go_gc_seconds_sum"});
  EXPECT_EQ(kept({.keep = {"*"}, .drop = {"*"}, .labels = {}}), Names{});
}

TEST(PortionView, WhatIsNoPortionIsSaidToBeNone) {
  EXPECT_FALSE(series_of("\x0a\xff\xff"));
  EXPECT_EQ(series_of("")->size(), 0u);
  EXPECT_FALSE(unpacked("\xff\xff\xff\xff\xff\xff", 100));
  EXPECT_FALSE(unpacked(packed(std::string(1000, 'x')), 999));
}
