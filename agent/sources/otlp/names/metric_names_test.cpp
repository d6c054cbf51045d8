#include "agent/sources/otlp/names/metric_names.hpp"

#include <gtest/gtest.h>

using namespace outrider::sources::otlp;
using outrider::telemetry::MetricType;

// The examples of OpenTelemetry's own translator, and its rules.
TEST(MetricNames, AreThoseThatOpenTelemetryGivesThem) {
  struct Row {
    const char* name;
    const char* unit;
    MetricType type;
    const char* becomes;
    const char* its_unit;
  };
  for (const Row& row : {
           Row{"http.server.request.duration", "s", MetricType::histogram,
               "http_server_request_duration_seconds", "seconds"},
           Row{"http.server.active_requests", "{request}", MetricType::gauge, "http_server_active_requests",
               ""},
           Row{"system.network.io", "By", MetricType::counter, "system_network_io_bytes_total", "bytes"},
           Row{"system.io", "By/s", MetricType::gauge, "system_io_bytes_per_second", ""},
           Row{"total.jobs", "", MetricType::counter, "jobs_total", ""},
           Row{"wait_seconds", "s", MetricType::gauge, "wait_seconds", "seconds"},
           Row{"hits", "{hit}/m", MetricType::gauge, "hits_per_minute", ""},
           Row{"a..b__c-d", "furlong", MetricType::gauge, "a_b_c_d_furlong", "furlong"},
           Row{"2xx", "1", MetricType::counter, "_2xx_total", ""},
           Row{"ns:jobs", "", MetricType::gauge, "ns:jobs", ""},
           Row{"äö", "s", MetricType::gauge, "", ""},
       }) {
    const MetricName made = metric_name(row.name, row.unit, row.type, false);
    EXPECT_EQ(made.name, row.becomes);
    EXPECT_EQ(made.unit, row.its_unit) << row.name;
  }
}

TEST(MetricNames, AGaugeOfNoUnitIsARatioAndASumIsNot) {
  EXPECT_EQ(metric_name("cpu.use", "1", MetricType::gauge, true).name, "cpu_use_ratio");
  EXPECT_EQ(metric_name("cpu.ratio.use", "1", MetricType::gauge, true).name, "cpu_use_ratio");
  EXPECT_EQ(metric_name("open", "1", MetricType::gauge, false).name, "open");
}

TEST(LabelNames, AreFitForPrometheus) {
  EXPECT_EQ(label_name("http.route"), "http_route");
  EXPECT_EQ(label_name("2xx"), "key_2xx");
  EXPECT_EQ(label_name("__name__"), "key___name__");
  EXPECT_EQ(label_name("le"), "key_le");
  EXPECT_EQ(label_name("_own"), "_own");
  EXPECT_EQ(label_name(""), "key_");
}
