// What senders of metrics post: each data point is taken or refused, and what is shown is what is counted.
#include "agent/sources/otlp/heard/metric_teller.hpp"
#include "agent/sources/otlp/taking/request.hpp"
#include "agent/telemetry/exposition.hpp"
#include "tests/fuzz/target.hpp"

#include <string>

namespace outrider::fuzz {
namespace {

using namespace sources::otlp;

constexpr std::uint64_t most = 1 << 16;

std::string page_of(const SeriesTable& table) {
  const telemetry::Labels added{{"service", "tests-api"}};
  telemetry::FamilyWriter out(added);
  table.put(out);
  const telemetry::FamilySet set = out.take();
  must(set.duplicates == 0, "no series is there twice");
  must(set.sample_count <= table.series(), "what is shown was counted");
  std::string text;
  telemetry::write_exposition({&set}, telemetry::Format::open_metrics, text);
  return text;
}

}  // namespace

void otlp_metrics(std::string_view bytes) {
  net::Call call;
  call.body = bytes;
  if (bytes.starts_with('{')) call.headers = {{"content-type", "application/json"}};
  const auto taken = take(call, kind_of(sources::Signal::metrics), most);
  if (!taken) return;
  core::Resource ours;
  ours.service = "tests-api";
  const telemetry::Labels added{{"service", "tests-api"}};
  SeriesTable table({60, std::chrono::minutes(5)});
  core::Instant now{std::chrono::hours(1)};
  for (int time = 0; time < 2; ++time, now += std::chrono::seconds(1)) {
    MetricTeller teller(table, ours, added);
    for (const telemetry::Record& record : taken->batch.records) {
      for (const MetricPlace& place : metrics_in(record.text)) teller.tell(place, now);
    }
    must(teller.points() == taken->batch.count(), "each point is told once");
    must(teller.kept().refused + teller.folded() + teller.repeated() <= teller.points(), "and has one fate");
  }
  const std::string page = page_of(table);
  must(page == page_of(table), "what is shown does not change by itself");
  (void)table.forget(now + std::chrono::minutes(6));
  must(table.series() == 0, "what is forgotten gives its room back");
  must(page_of(table) == "# EOF\n", "and is shown no more");
}

}  // namespace outrider::fuzz
