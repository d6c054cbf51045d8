#include "agent/tracing/span_figures.hpp"

#include "agent/telemetry/exposition.hpp"
#include "agent/tracing/test_traces.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::request_with;
using testing::TestSpan;

constexpr core::WallTime noon{std::chrono::seconds(1'800'000'000)};

std::string page(const SpanFigures& figures, telemetry::Format format = telemetry::Format::open_metrics) {
  const telemetry::FamilySet set = figures.families();
  std::string out;
  telemetry::write_exposition({&set}, format, out);
  return out;
}

bool has(const std::string& page, const std::string& line) {
  return page.find(line + "\n") != std::string::npos;
}

TEST(SpanFigures, CountCallsAndHowLongTheyTookByServiceOperationKindAndStatus) {
  SpanFigures figures({.buckets = {10ms, 100ms}});
  figures.count(
      request_with({{.took_ms = 10}, {.took_ms = 11}, {.took_ms = 5000}, {.took_ms = 7, .failed = true}}));
  figures.count(request_with({{.took_ms = 1, .name = "POST /", .kind = 3}}, "pay"));
  const std::string text = page(figures);
  const std::string labels =
      R"({service_name="api",span_name="GET /",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_UNSET")";
  EXPECT_TRUE(has(text, "traces_span_metrics_calls_total" + labels + "} 3")) << text;
  EXPECT_TRUE(has(text, "traces_span_metrics_duration_milliseconds_bucket" + labels + ",le=\"10.0\"} 1"));
  EXPECT_TRUE(has(text, "traces_span_metrics_duration_milliseconds_bucket" + labels + ",le=\"100.0\"} 2"));
  EXPECT_TRUE(has(text, "traces_span_metrics_duration_milliseconds_bucket" + labels + ",le=\"+Inf\"} 3"));
  EXPECT_TRUE(has(text, "traces_span_metrics_duration_milliseconds_count" + labels + "} 3"));
  EXPECT_TRUE(has(text, "traces_span_metrics_duration_milliseconds_sum" + labels + "} 5021"));
  EXPECT_NE(text.find(R"(status_code="STATUS_CODE_ERROR"} 1)"), std::string::npos);
  EXPECT_NE(text.find(R"({service_name="pay",span_name="POST /",span_kind="SPAN_KIND_CLIENT")"),
            std::string::npos);
}

TEST(SpanFigures, TakeAttributesOfASpanOrOfItsResourceForLabels) {
  SpanFigures figures({.attributes = {"http.route", "service.name", "2nd"}});
  figures.count(request_with({{.key = "http.route", .value = "/orders/{id}"}}));
  EXPECT_NE(page(figures).find(R"(status_code="STATUS_CODE_UNSET",http_route="/orders/{id}")"),
            std::string::npos)
      << page(figures);
  EXPECT_EQ(page(figures).find("_2nd"), std::string::npos) << "it has none";
}

TEST(SpanFigures, ShowASpanOfAKeptTraceForAnExampleAndNoOther) {
  SpanFigures figures({.buckets = {10ms, 100ms}});
  const std::string kept = request_with({{.trace = 7, .id = 9, .took_ms = 50}});
  figures.count(kept);
  figures.count(request_with({{.trace = 8, .id = 10, .took_ms = 5}}));
  EXPECT_EQ(page(figures).find('#', page(figures).find("_bucket")), page(figures).find("# EOF"));
  figures.exemplify(kept, noon);
  const std::string text = page(figures);
  EXPECT_NE(
      text.find(
          R"(le="100.0"} 2 # {trace_id="0af7651916cd43dd0000000000000007",span_id="0000000000000009"} 50 1800000000.000)"),
      std::string::npos)
      << text;
  EXPECT_EQ(text.find("0000000000000008"), std::string::npos);
  EXPECT_EQ(page(figures, telemetry::Format::text).find("trace_id"), std::string::npos)
      << "the old format has no examples";
}

TEST(SpanFigures, CountOperationsBeyondTheBoundTogether) {
  SpanFigures figures({.most_series = 10});
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("GET /" + std::to_string(i));
  for (const std::string& name : names) figures.count(request_with({{.name = name}}));
  EXPECT_EQ(figures.folded(), 990u);
  const std::string text = page(figures);
  EXPECT_TRUE(has(
      text,
      R"(traces_span_metrics_calls_total{service_name="api",span_name="other",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_UNSET"} 990)"))
      << text;
  for (int i = 0; i < 1000; ++i) figures.count(request_with({{}}, "service " + std::to_string(i)));
  EXPECT_LT(page(figures).size(), 100'000u) << "however many services there are";
  EXPECT_NE(page(figures).find(R"({service_name="other",span_name="other")"), std::string::npos);
}

TEST(SpanFigures, TakeNoHarmFromWhatASenderPutsInANameOrATime) {
  SpanFigures figures({});
  const std::string name = std::string(100'000, 'x') + "\xff\n\"";
  figures.count(request_with({{.start_ms = 1'000, .took_ms = static_cast<std::uint64_t>(-900), .name = name},
                              {.name = "\xff\n\"\\"}}));
  figures.count("\x0a\x05torn");
  const std::string text = page(figures);
  EXPECT_LT(text.size(), 20'000u);
  EXPECT_NE(text.find(R"(span_name="�\n\"\\")"), std::string::npos) << text;
}

}  // namespace
}  // namespace outrider::tracing
