// Writes one exposition with everything in it that is hard to write, for the readers of others to judge:
//   exposition_golden text|openmetrics
#include "agent/sources/scrape/reading/exposition.hpp"

#include <cstdio>
#include <limits>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

using namespace outrider::telemetry;
using outrider::sources::parse_exposition;

namespace {

constexpr std::string_view target_text =
    "# HELP go_memstats_alloc_bytes Bytes in use.\n# TYPE go_memstats_alloc_bytes "
    "gauge\ngo_memstats_alloc_bytes 1e6\n"
    "# HELP go_memstats_alloc_bytes_total Bytes ever.\n# TYPE go_memstats_alloc_bytes_total counter\n"
    "go_memstats_alloc_bytes_total 2.5e+07\n"
    "# HELP example_shared_count Both sides have it.\n# TYPE example_shared_count "
    "gauge\nexample_shared_count{side=\"target\"} 2\n"
    "# TYPE example_conflict gauge\nexample_conflict 1\n"
    "# HELP example_wait_seconds Waits.\n# TYPE example_wait_seconds histogram\n"
    "example_wait_seconds_sum{route=\"/\"} 3\nexample_wait_seconds_bucket{route=\"/\",le=\"0.005\"} 1\n"
    "example_wait_seconds_bucket{route=\"/\",le=\"1\"} "
    "2\nexample_wait_seconds_bucket{route=\"/\",le=\"1000000\"} 2\n"
    "example_wait_seconds_bucket{route=\"/\",le=\"+Inf\"} 3\nexample_wait_seconds_count{route=\"/\"} 3\n"
    "# HELP example_latency_seconds Latency.\n# TYPE example_latency_seconds summary\n"
    "example_latency_seconds{quantile=\"0.5\"} 0.1\nexample_latency_seconds{quantile=\"1\"} NaN\n"
    "example_latency_seconds_sum 1\nexample_latency_seconds_count 5\n"
    "# HELP example_plain A counter without its ending.\n# TYPE example_plain counter\nexample_plain 4 "
    "1700000000123\n"
    "example_untyped{path=\"C:\\\\x\",said=\"\\\"hi\\\"\\n\"} -Inf\n";

constexpr std::string_view target_open_metrics =
    "# HELP example_build Build.\n# TYPE example_build info\nexample_build_info{version=\"1\"} 1\n"
    "# HELP example_mode Mode.\n# TYPE example_mode stateset\nexample_mode{example_mode=\"on\"} "
    "1\nexample_mode{example_mode=\"off\"} 0\n"
    "# HELP example_work_seconds Work.\n# TYPE example_work_seconds counter\n# UNIT example_work_seconds "
    "seconds\n"
    "example_work_seconds_total 5 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} 0.67 1700000000.5\n"
    "example_work_seconds_created 1700000000.25\n# EOF\n";

void fill(::prometheus::Registry& registry) {
  using namespace ::prometheus;
  auto& requests =
      BuildCounter().Name("example_requests_total").Help("Said \"so\" \\ on\ntwo lines.").Register(registry);
  requests.Add({{"status", "200"}, {"bytes", "not utf-8: \xFF"}}).Increment(1e15);
  requests.Add({{"status", "500"}}).Increment(0.1);
  auto& load = BuildGauge().Name("example_load_ratio").Help("Load.").Register(registry);
  load.Add({{"kind", "none"}}).Set(std::numeric_limits<double>::quiet_NaN());
  load.Add({{"kind", "most"}}).Set(std::numeric_limits<double>::infinity());
  BuildGauge()
      .Name("example_shared_count")
      .Help("Both sides have it.")
      .Register(registry)
      .Add({{"side", "own"}})
      .Set(1);
  BuildCounter().Name("example_conflict").Help("Here a counter.").Register(registry).Add({}).Increment();
  BuildHistogram()
      .Name("example_size_bytes")
      .Help("Sizes.")
      .Register(registry)
      .Add({}, Histogram::BucketBoundaries{0.0001, 1, 10, 1e6, 1e9})
      .Observe(5);
  BuildSummary()
      .Name("example_age_seconds")
      .Help("Ages.")
      .Register(registry)
      .Add({}, Summary::Quantiles{{0.5, 0.05}, {0.99, 0.001}})
      .Observe(2);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string wanted = count == 2 ? arguments[1] : "";
  if (wanted != "text" && wanted != "openmetrics") {
    std::fputs("usage: exposition_golden text|openmetrics\n", stderr);
    return 64;
  }
  ::prometheus::Registry registry;
  fill(registry);
  const Labels own{{"service", "tests-api"}, {"environment", "a \"quoted\" one"}};
  const FamilySet ours = from_registry(registry.Collect(), own);
  const auto text = parse_exposition(target_text, Format::text, own);
  const auto open_metrics = parse_exposition(target_open_metrics, Format::open_metrics, own);
  if (!text || !open_metrics) {
    std::fprintf(stderr, "%s\n", (text ? open_metrics : text).error().what.c_str());
    return 1;
  }
  std::string out;
  write_exposition({&ours, &*text, &*open_metrics}, wanted == "text" ? Format::text : Format::open_metrics,
                   out);
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}
