#include "agent/sources/otlp/heard/metric_teller.hpp"

#include "agent/sources/otlp/test_metrics.hpp"
#include "agent/telemetry/exposition.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources::otlp;
using namespace outrider::sources::otlp::testing;
using namespace std::chrono_literals;

namespace {

const Attributes checkout{{"service.name", "checkout"},
                          {"service.namespace", "shop"},
                          {"service.instance.id", "a"},
                          {"deployment.environment", "production"},
                          {"host.arch", "arm64"}};

class TellingMetrics : public ::testing::Test {
 protected:
  TellingMetrics() { ours_.service = "tests-api"; }

  sources::Kept tell_request(const std::string& request) {
    sources::otlp::MetricTeller teller(table_, ours_, none_);
    for (const MetricPlace& place : metrics_in(request)) teller.tell(place, now_);
    folded_ += teller.folded();
    repeated_ += teller.repeated();
    return teller.kept();
  }
  sources::Kept tell(const std::vector<std::string>& metrics) {
    return tell_request(metrics_request(metrics));
  }

  std::string page(telemetry::Format format = telemetry::Format::text) const {
    telemetry::FamilyWriter out;
    table_.put(out);
    const telemetry::FamilySet set = out.take();
    EXPECT_EQ(set.duplicates, 0u);
    std::string text;
    telemetry::write_exposition({&set}, format, text);
    return text;
  }
  bool shows(const std::string& line) const {
    return ("\n" + page()).find("\n" + line + "\n") != std::string::npos;
  }
  void make(SeriesBounds bounds) { table_ = SeriesTable(bounds); }

  core::Instant now_{1h};
  core::Resource ours_;
  telemetry::Labels none_;
  SeriesTable table_{SeriesBounds()};
  std::uint64_t folded_ = 0, repeated_ = 0;
};

}  // namespace

TEST_F(TellingMetrics, WhatIsCumulativeIsShownAsItIs) {
  const std::string depth =
      metric("queue.depth", "{job}", 7, with_temporality({number_point(3)}, Adds::cumulative));
  EXPECT_EQ(tell({counter("jobs.done", {number_point(5, {{"queue.name", "mail"}}), number_point(7)}),
                  gauge("cpu.use", {number_point(0.5)}, "1"), depth})
                .refused,
            0u);
  EXPECT_TRUE(shows("# TYPE jobs_done_total counter")) << page();
  EXPECT_TRUE(shows("jobs_done_total{job=\"tests-api\",queue_name=\"mail\"} 5"));
  EXPECT_TRUE(shows("jobs_done_total{job=\"tests-api\"} 7"));
  EXPECT_TRUE(shows("cpu_use_ratio{job=\"tests-api\"} 0.5"));
  EXPECT_TRUE(shows("# TYPE queue_depth gauge")) << "a sum that may go down is none";
  EXPECT_TRUE(shows("queue_depth{job=\"tests-api\"} 3"));
  tell({counter("jobs.done", {number_point(2)})});
  EXPECT_TRUE(shows("jobs_done_total{job=\"tests-api\"} 2"))
      << "the service began anew, and so does its counter";
}

TEST_F(TellingMetrics, AResourceIsJobAndInstanceAndTheRestIsTargetInfo) {
  tell_request(
      metrics_request({counter("jobs", {number_point(1, {{"job", "night"}, {"a.b", "x"}, {"a-b", "y"}})})},
                      checkout, "shop.orders"));
  EXPECT_TRUE(shows(
      "jobs_total{a_b=\"x;y\",environment=\"production\",exported_job=\"night\",instance=\"a\","
      "job=\"shop/checkout\",namespace=\"shop\",otel_scope_name=\"shop.orders\",service=\"checkout\"} 1"))
      << page();
  EXPECT_TRUE(shows(
      "target_info{deployment_environment=\"production\",environment=\"production\",host_arch=\"arm64\","
      "instance=\"a\",job=\"shop/checkout\",namespace=\"shop\",service=\"checkout\"} 1"));
  tell_request(
      metrics_request({gauge("up", {number_point(1)})}, {{"service.name", "unknown_service:python"}}));
  EXPECT_TRUE(shows("up{job=\"tests-api\"} 1")) << "who does not know its name has ours";
}

TEST_F(TellingMetrics, DeltasAddUpAndOneThatComesAgainDoesNot) {
  const auto jobs = [](double value, std::uint64_t began, std::uint64_t time) {
    return std::vector{counter("jobs", {number_point(value, {}, began, time)}, Adds::delta)};
  };
  tell(jobs(5, 1, 2));
  tell(jobs(3, 2, 3));
  tell(jobs(3, 2, 3));
  EXPECT_TRUE(shows("jobs_total{job=\"tests-api\"} 8")) << page();
  EXPECT_EQ(repeated_, 1u);
  tell({histogram("took", {histogram_point({1, 2}, {1, 2, 3}, 10, {}, 1, 2)}, Adds::delta)});
  tell({histogram("took", {histogram_point({1, 2}, {1, 0, 1}, 4, {}, 2, 3)}, Adds::delta)});
  EXPECT_TRUE(shows("took_seconds_bucket{job=\"tests-api\",le=\"1\"} 2")) << page();
  EXPECT_TRUE(shows("took_seconds_bucket{job=\"tests-api\",le=\"+Inf\"} 8"));
  EXPECT_TRUE(shows("took_seconds_sum{job=\"tests-api\"} 14"));
  tell({histogram("took", {histogram_point({5}, {1, 1}, 9, {}, 3, 4)}, Adds::delta)});
  EXPECT_TRUE(shows("took_seconds_count{job=\"tests-api\"} 2")) << "with other bounds it begins anew";
  EXPECT_TRUE(shows("took_seconds_sum{job=\"tests-api\"} 9"));
}

TEST_F(TellingMetrics, HistogramsAreClassicOnes) {
  tell({histogram("took", {histogram_point({0.1, 1}, {1, 2, 3}, 4.5)})});
  EXPECT_TRUE(shows("# TYPE took_seconds histogram")) << page();
  EXPECT_TRUE(shows("took_seconds_bucket{job=\"tests-api\",le=\"0.1\"} 1"));
  EXPECT_TRUE(shows("took_seconds_bucket{job=\"tests-api\",le=\"1\"} 3"));
  EXPECT_TRUE(shows("took_seconds_bucket{job=\"tests-api\",le=\"+Inf\"} 6"));
  EXPECT_TRUE(shows("took_seconds_count{job=\"tests-api\"} 6"));
  EXPECT_TRUE(shows("took_seconds_sum{job=\"tests-api\"} 4.5"));
  tell({exponential("size", {exponential_point(1, 1, side(0, {2, 3}), 7)}, Adds::delta)});
  tell({exponential("size", {exponential_point(0, 0, side(2, {4}), 20, 3)}, Adds::delta)});
  EXPECT_TRUE(shows("size_bucket{job=\"tests-api\",le=\"0\"} 1")) << page();
  EXPECT_TRUE(shows("size_bucket{job=\"tests-api\",le=\"2\"} 6"));
  EXPECT_TRUE(shows("size_bucket{job=\"tests-api\",le=\"8\"} 10"));
  EXPECT_TRUE(shows("size_count{job=\"tests-api\"} 10"));
  EXPECT_TRUE(shows("size_sum{job=\"tests-api\"} 27"));
}

TEST_F(TellingMetrics, SummariesAreShownWithTheirQuantiles) {
  std::string point = times(1, 2);
  protozero::pbf_writer writer(point);
  writer.add_fixed64(4, 10);
  writer.add_double(5, 2.5);
  for (const auto& [quantile, value] : {std::pair(0.99, 3.0), std::pair(0.5, 1.0)}) {
    std::string one;
    protozero::pbf_writer(one).add_double(1, quantile);
    protozero::pbf_writer(one).add_double(2, value);
    writer.add_message(6, one);
  }
  EXPECT_EQ(tell({metric("took", "", 11, points_of({point}))}).refused, 0u);
  EXPECT_TRUE(shows("took{job=\"tests-api\",quantile=\"0.5\"} 1")) << page();
  EXPECT_TRUE(shows("took{job=\"tests-api\",quantile=\"0.99\"} 3"));
  EXPECT_TRUE(shows("took_count{job=\"tests-api\"} 10"));
  EXPECT_TRUE(shows("took_sum{job=\"tests-api\"} 2.5"));
}

TEST_F(TellingMetrics, ExemplarsLeadToTracesAndNothingElse) {
  const std::string trace = "0123456789abcdef";
  const std::string took = histogram_point({1}, {1, 1}, 3) +
                           field(8, exemplar(2, trace, "01234567", 1'700'000'000'123'000'000)) +
                           field(8, exemplar(0.5, "", "", 1));
  tell({histogram("took", {took}), counter("jobs", {number_point(1) + field(5, exemplar(1, trace, "", 0))})});
  const std::string text = page(telemetry::Format::open_metrics);
  EXPECT_NE(text.find("took_seconds_bucket{job=\"tests-api\",le=\"+Inf\"} 2 # "
                      "{trace_id=\"30313233343536373839616263646566\","
                      "span_id=\"3031323334353637\"} 2 1700000000.123\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("le=\"1.0\"} 1\n"), std::string::npos) << "without one";
  EXPECT_NE(
      text.find("jobs_total{job=\"tests-api\"} 1 # {trace_id=\"30313233343536373839616263646566\"} 1\n"),
      std::string::npos);
  EXPECT_NE(text.find("# UNIT took_seconds seconds\n"), std::string::npos);
}

TEST_F(TellingMetrics, WhatCannotBeTakenIsSaidAndTheRestIsTaken) {
  const sources::Kept kept = tell(
      {metric("", "", 5, points_of({number_point(1)})), gauge("fine", {number_point(1), times(1, 2)}),
       counter("sum", {number_point(1), number_point(2)}, Adds::unspecified),
       histogram("odd", {histogram_point({1, 2}, {1}, 1)}), gauge("fine", {number_point(2, {{"a", "b"}})})});
  EXPECT_EQ(kept.refused, 5u);
  EXPECT_EQ(kept.why, ": a metric's name must have letters or digits, and no more than 512 bytes");
  EXPECT_TRUE(shows("fine{job=\"tests-api\"} 1")) << page();
  EXPECT_TRUE(shows("fine{a=\"b\",job=\"tests-api\"} 2"));
  EXPECT_EQ(tell({counter("sum", {number_point(1)}, Adds::unspecified)}).why,
            "sum: it does not say whether it is cumulative");
  EXPECT_EQ(tell({gauge("fine", {times(1, 2)})}).why, "fine: a data point must have a value");
  tell({histogram("took", {histogram_point({}, {1}, 1)})});
  EXPECT_EQ(tell({gauge("took", {number_point(1)}, "s")}).why,
            "took: another metric of that name is of another type");
  EXPECT_EQ(tell({gauge("fine", {number_point(1, {{"a", std::string(9000, 'x')}})})}).why,
            "fine: its attributes are more than 128, or 8 KiB");
  EXPECT_EQ(tell({gauge("fine", {number_point(1) + field(7, "\x0a\xff")})}).why,
            "fine: its attributes cannot be read");
}

TEST_F(TellingMetrics, CountersBeyondTheBoundAddUpInOneSeries) {
  make({4, 5min});
  const auto visits = [](int from, int to, double value) {
    std::vector<std::string> points;
    for (int user = from; user < to; ++user)
      points.push_back(number_point(value, {{"user", std::to_string(user)}}));
    return std::vector{counter("visits", points)};
  };
  EXPECT_EQ(tell(visits(0, 10, 5)).refused, 0u);
  EXPECT_EQ(folded_, 6u);
  EXPECT_TRUE(shows("visits_total{series=\"other\"} 30")) << page();
  tell(visits(0, 10, 7));
  EXPECT_TRUE(shows("visits_total{series=\"other\"} 42")) << "two more of each of six: sums stay right\n"
                                                          << page();
  tell(visits(9, 10, 1));
  EXPECT_TRUE(shows("visits_total{series=\"other\"} 43")) << "one began anew\n" << page();
  EXPECT_EQ(table_.series(), 5u);
  EXPECT_EQ(tell({gauge("depth", {number_point(1)})}).why, "depth: there are as many series as may be");
  EXPECT_EQ(tell(visits(100, 200, 1)).refused, 90u) << "of so many that are not shown nothing is known";
}

TEST_F(TellingMetrics, HistogramsBeyondTheBoundAddUpWhereTheirBoundsAreTheSame) {
  make({5, 5min});
  const auto took = [](const char* user, const std::vector<std::uint64_t>& counts, double sum) {
    return std::vector{histogram("took", {histogram_point({1, 2}, counts, sum, {{"user", user}})})};
  };
  tell(took("a", {1, 1, 1}, 6));
  tell(took("b", {1, 2, 3}, 10));
  tell(took("b", {1, 2, 4}, 13));
  EXPECT_TRUE(shows("took_seconds_bucket{series=\"other\",le=\"+Inf\"} 7")) << page();
  EXPECT_TRUE(shows("took_seconds_sum{series=\"other\"} 13"));
  EXPECT_EQ(tell({histogram("took", {histogram_point({3}, {1, 1}, 1, {{"user", "c"}})})}).refused, 1u);
}

TEST_F(TellingMetrics, WhatIsSaidNoMoreGoesAndGivesItsRoomBack) {
  make({3, 5min});
  tell({counter("jobs", {number_point(1, {{"a", "1"}}), number_point(1, {{"a", "2"}}),
                         number_point(1, {{"a", "3"}})})});
  now_ += 4min;
  EXPECT_FALSE(table_.forget(now_));
  tell({counter("jobs", {number_point(2, {{"a", "1"}})})});
  now_ += 2min;
  EXPECT_TRUE(table_.forget(now_));
  EXPECT_EQ(table_.series(), 1u);
  EXPECT_TRUE(shows("jobs_total{a=\"1\",job=\"tests-api\"} 2")) << page();
  EXPECT_EQ(tell({gauge("depth", {number_point(1), number_point(1, {{"b", "1"}})})}).refused, 0u);
  std::string gone = number_point(0);
  protozero::pbf_writer(gone).add_uint32(8, 1);
  EXPECT_EQ(tell({gauge("depth", {gone})}).refused, 0u) << "its sender says that it has none any more";
  EXPECT_EQ(table_.series(), 2u);
  EXPECT_FALSE(shows("depth{job=\"tests-api\"} 1"));
}
