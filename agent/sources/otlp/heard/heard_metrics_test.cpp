#include "agent/sources/otlp/heard/heard_metrics.hpp"

#include "agent/sources/otlp/taking/taking.hpp"
#include "agent/sources/otlp/test_metrics.hpp"
#include "agent/sources/test_house.hpp"

#include <optional>

using namespace outrider;
using namespace outrider::sources;
using namespace outrider::sources::otlp::testing;
using namespace std::chrono_literals;

namespace {

class HeardMetricsSource : public sources::testing::SourceTest {
 protected:
  void hear(otlp::SeriesBounds bounds = {}) {
    resource_.service = "tests-api";
    auto source = otlp::make_heard_metrics(tools_, {bounds, {{"via", "otlp"}}});
    taking_ =
        std::make_unique<otlp::Taking>(tools_, otlp::kind_of(Signal::metrics), 1u << 20, source->intake());
    start(std::move(source));
  }

  otlp::Verdict say_body(std::string body, const char* type = "application/x-protobuf") {
    net::Call call;
    call.method = "POST";
    call.headers = {{"content-type", type}};
    call.body = std::move(body);
    std::optional<otlp::Verdict> verdict;
    nursery_.start(ask(*taking_, call, verdict));
    clock_.settle();
    EXPECT_TRUE(verdict);
    return verdict.value_or(otlp::Verdict());
  }
  otlp::Verdict say(const std::vector<std::string>& metrics) { return say_body(metrics_request(metrics)); }
  static core::Task<void> ask(otlp::Taking& taking, const net::Call& call,
                              std::optional<otlp::Verdict>& verdict) {
    auto taking_in = taking.take_in(call);
    verdict = co_await std::move(taking_in);
  }
  // As the page does.
  void look() {
    nursery_.start(board_.entries().at(0).freshen());
    clock_.settle();
  }
  bool counts(const std::string& line) { return meters().find(line + "\n") != std::string::npos; }

  std::unique_ptr<otlp::Taking> taking_;
};

std::vector<std::string> jobs(int series) {
  std::vector<std::string> points;
  for (int i = 0; i < series; ++i) points.push_back(number_point(i, {{"n", std::to_string(i)}}));
  return {counter("jobs", points)};
}

}  // namespace

TEST_F(HeardMetricsSource, WhatIsSaidIsOnThePageAtOnce) {
  hear();
  EXPECT_EQ(source_->status().up, core::Standing::unknown) << "nothing was said";
  EXPECT_EQ(say({gauge("depth", {number_point(3)})}).partial.rejected, 0u);
  look();
  EXPECT_TRUE(shows(R"(depth{job="tests-api",service="tests-api",via="otlp"} 3)")) << page();
  EXPECT_EQ(source_->status().up, core::Standing::ok);
  EXPECT_EQ(source_->status().detail, "1 series");
  EXPECT_TRUE(counts(R"(outrider_scrape_samples{target="otlp"} 1)"));
  EXPECT_TRUE(counts(R"(outrider_scrape_up{target="otlp"} 1)"));
}

TEST_F(HeardMetricsSource, JsonSaysTheSame) {
  hear();
  const otlp::Verdict verdict = say_body(R"({"resourceMetrics": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]},
    "scopeMetrics": [{"scope": {"name": "shop"}, "metrics": [
      {"name": "jobs.done", "unit": "1", "sum": {"aggregationTemporality": 2, "isMonotonic": true,
        "dataPoints": [{"startTimeUnixNano": "1", "timeUnixNano": "2", "asInt": "-0"}, {"asInt": "41",
          "attributes": [{"key": "n", "value": {"intValue": "7"}}]}]}},
      {"name": "took", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [
        {"count": "6", "sum": 4.5, "bucketCounts": ["1", "2", 3], "explicitBounds": [0.1, 1]}]}},
      {"name": "size", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
        {"count": 4, "sum": "9", "scale": -1, "zeroCount": "1", "positive": {"offset": -1, "bucketCounts": ["3"]}}]}},
      {"name": "seen", "summary": {"dataPoints": [{"count": 1, "sum": 2, "quantileValues": [{"quantile": 0.5, "value": "NaN"}]}]}}
    ]}]}]})",
                                         "application/json");
  EXPECT_FALSE(verdict.refusal) << verdict.refusal->why;
  EXPECT_EQ(verdict.partial.why, "");
  look();
  const std::string labels = R"(job="checkout",otel_scope_name="shop",service="checkout",via="otlp")";
  for (const std::string& line :
       {"jobs_done_total{" + labels + "} 0", "took_seconds_bucket{" + labels + R"(,le="0.1"} 1)",
        "took_seconds_count{" + labels + "} 6", "size_bucket{" + labels + R"(,le="0.25"} 1)",
        "size_bucket{" + labels + R"(,le="1"} 4)", "seen{" + labels + R"(,quantile="0.5"} NaN)"}) {
    EXPECT_TRUE(shows(line)) << line << "\n" << page();
  }
  EXPECT_NE(page().find(R"(n="7",otel_scope_name="shop",service="checkout",via="otlp"} 41)"),
            std::string::npos);
}

TEST_F(HeardMetricsSource, TheSenderHearsWhatIsNotTaken) {
  hear({1, 5min});
  const otlp::Verdict verdict =
      say({gauge("a", {number_point(1)}), gauge("b", {number_point(1), number_point(2)})});
  EXPECT_EQ(verdict.partial.rejected, 2u);
  EXPECT_EQ(verdict.partial.why, "2 of 3 data points were not taken: b: there are as many series as may be");
  const otlp::Verdict garbage = say_body("hello");
  ASSERT_TRUE(garbage.refusal);
  EXPECT_EQ(garbage.refusal->status, 400);
}

TEST_F(HeardMetricsSource, WhatIsFoldedIsCountedAndToldOnce) {
  hear({10, 5min});
  EXPECT_EQ(say(jobs(12)).partial.rejected, 0u);
  say(jobs(12));
  EXPECT_TRUE(counts("outrider_otlp_folded_points_total 4"));
  EXPECT_EQ(log_.saying("As many series over OTLP as may be").size(), 1u);
  look();
  EXPECT_NE(page().find(R"(series="other")"), std::string::npos) << page();
}

TEST_F(HeardMetricsSource, WhatIsSaidNoMoreGoesFromThePage) {
  hear();
  say(jobs(3));
  look();
  EXPECT_TRUE(counts(R"(outrider_scrape_samples{target="otlp"} 3)"));
  clock_.advance(4min);
  say(jobs(1));
  clock_.advance(2min);
  look();
  EXPECT_TRUE(counts(R"(outrider_scrape_samples{target="otlp"} 1)"));
  clock_.advance(5min);
  look();
  EXPECT_EQ(page(), "");
  EXPECT_EQ(source_->status().up, core::Standing::unknown);
  EXPECT_EQ(source_->status().detail, "nothing comes any more");
}

TEST_F(HeardMetricsSource, ALargeRequestLetsOthersHaveTheirTurn) {
  hear();
  std::vector<std::string> metrics;
  for (int i = 0; i < 5; ++i) {
    std::vector<std::string> points;
    for (int n = 0; n < 999; ++n) points.push_back(number_point(n, {{"n", std::to_string(n)}}));
    metrics.push_back(gauge("depth" + std::to_string(i), points));
  }
  EXPECT_EQ(say(metrics).partial.rejected, 0u);
  EXPECT_EQ(source_->status().series, 4995u);
}
