#include "agent/transforms/regex/regex.hpp"

#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

namespace {

std::string through(const std::string& pattern, std::string_view line) {
  return Flow(plan_with([pattern] { return transforms::regex::make(pattern); }))(line);
}

}  // namespace

TEST(Regex, EachNamedGroupIsAField) {
  const std::string out = through(
      R"re(^(?P<client>\S+) \S+ (?P<user>-)?\S* ?\[(?P<time>[^\]]+)\] "(?P<message>[^"]*)" (?P<status>\d+))re",
      R"(10.0.0.7 - bob [21/Nov/2026:12:26:03 +0100] "GET /a\b HTTP/1.1" 200 12)");
  EXPECT_EQ(value_in(out, "@timestamp"), "\"2026-11-21T11:26:03.000Z\"");
  EXPECT_EQ(value_in(out, "message"), R"("GET /a\\b HTTP/1.1")");
  EXPECT_EQ(value_in(out, "client"), "\"10.0.0.7\"");
  EXPECT_EQ(value_in(out, "status"), "\"200\"");
  EXPECT_EQ(value_in(out, "user"), "") << "a group that took nothing is no field";
}

TEST(Regex, WithoutAGroupForItTheWholeLineIsTheMessage) {
  const std::string out = through("(?P<level>[A-Z]+):", "WARN: low on disk");
  EXPECT_EQ(value_in(out, "message"), "\"WARN: low on disk\"");
  EXPECT_EQ(value_in(out, "log.level"), "\"warn\"");
}

TEST(Regex, WhatDoesNotMatchPassesWholeWithTheReason) {
  const std::string out = through("^(?P<n>\\d+)$", "twelve");
  EXPECT_EQ(value_in(out, "message"), "\"twelve\"");
  EXPECT_EQ(value_in(out, "error.message"), "\"the expression does not match\"");
}

TEST(Regex, NeitherLineNorExpressionTakesMoreThanLinearTime) {
  EXPECT_EQ(value_in(through("^(?P<a>(x+x+)+y)$", std::string(1 << 20, 'x')), "error.message"),
            "\"the expression does not match\"");
}
