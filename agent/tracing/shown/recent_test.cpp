#include "agent/tracing/shown/recent.hpp"

#include "agent/tracing/test_traces.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::request_with;
using testing::TestSpan;

constexpr core::Instant start{};

TEST(Recent, OperationsAreSummedUpOverHowTheyEndedTheBusiestFirst) {
  SpanFigures figures({.buckets = {10ms, 100ms}});
  figures.count(request_with({{.took_ms = 5, .name = "GET /rare"}}));
  figures.count(request_with({{.took_ms = 5}, {.took_ms = 5}, {.took_ms = 50, .failed = true}}));
  figures.count(request_with({{.name = "a part of the work", .kind = 1}}));
  const Recent recent(start);
  const auto busiest = recent.busiest(figures, 10);
  ASSERT_EQ(busiest.size(), 2u) << "what a service does within itself is no call";
  EXPECT_EQ(busiest[0].name, "GET /");
  EXPECT_EQ(busiest[0].service, "api");
  EXPECT_EQ(busiest[0].kind, "server");
  EXPECT_EQ(busiest[0].calls, 3u);
  EXPECT_EQ(busiest[0].failed, 1u);
  EXPECT_LE(busiest[0].half, 10ms);
  EXPECT_GT(busiest[0].most, 10ms);
  EXPECT_EQ(busiest[1].name, "GET /rare");
  EXPECT_EQ(recent.busiest(figures, 1).size(), 1u);
}

TEST(Recent, WhatIsOlderThanTwoPeriodsCountsNoMore) {
  SpanFigures figures({.buckets = {10ms}});
  Recent recent(start);
  figures.count(request_with({{.name = "GET /old"}}));
  recent.look(figures, start + 5min);
  EXPECT_EQ(recent.busiest(figures, 10).size(), 1u) << "the last ten minutes";
  figures.count(request_with({{.name = "GET /new"}}));
  recent.look(figures, start + 10min);
  const auto busiest = recent.busiest(figures, 10);
  ASSERT_EQ(busiest.size(), 1u);
  EXPECT_EQ(busiest[0].name, "GET /new");
  EXPECT_EQ(recent.covers(start + 12min), 7min);
}

TEST(Quantile, LiesWhereItsShareOfTheCountIs) {
  const Bounds bounds{10ms, 20ms, 100ms};
  EXPECT_EQ(quantile({0, 10, 0, 0}, bounds, 0.5), 15ms);
  EXPECT_EQ(quantile({10, 0, 0, 0}, bounds, 1.0), 10ms);
  EXPECT_EQ(quantile({5, 0, 5, 0}, bounds, 0.5), 10ms);
  EXPECT_EQ(quantile({1, 0, 0, 9}, bounds, 0.95), 100ms) << "longer than the longest that is told apart";
  EXPECT_EQ(quantile({0, 0, 0, 0}, bounds, 0.5), 0ms);
  EXPECT_EQ(quantile({}, bounds, 0.5), 0ms);
}

}  // namespace
}  // namespace outrider::tracing
