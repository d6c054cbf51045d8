// What servers say that are asked for their metrics, and what is said over StatsD.
#include "agent/core/lines.hpp"
#include "agent/sources/haproxy/statistics.hpp"
#include "agent/sources/nginx/stub_status.hpp"
#include "agent/sources/redis/info.hpp"
#include "agent/sources/scrape/reading/exposition.hpp"
#include "agent/sources/statsd/series/table.hpp"
#include "agent/telemetry/exposition.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

using namespace outrider::sources;

void must_be_readable(telemetry::FamilyWriter& out) {
  const telemetry::FamilySet set = out.take();
  std::string page;
  telemetry::write_exposition({&set}, telemetry::Format::text, page);
  const auto again = parse_exposition(page, telemetry::Format::text, {});
  must(again.has_value(), "what is shown can be read: " + (again ? "" : again.error().what));
}

void say(std::string_view bytes) {
  statsd::Bounds bounds;
  bounds.series = 20;
  bounds.buckets = {1, 2};
  statsd::Table table(bounds);
  core::Instant now{std::chrono::hours(1)};
  while (!bytes.empty()) {
    const auto line = statsd::read_line(core::take_line(bytes));
    now += std::chrono::seconds(1);
    if (line) (void)table.add(*line, now);
  }
  must(table.series() <= 2 * bounds.series,
       "there are no more series than may be, and one of others for each name");
  telemetry::FamilyWriter out;
  table.put(out);
  must_be_readable(out);
}

}  // namespace

void metric_answer(std::string_view bytes) {
  (void)nginx::read_stub_status(bytes);
  telemetry::FamilyWriter redis_out;
  redis::put_info(redis_out, bytes, {});
  must_be_readable(redis_out);
  telemetry::FamilyWriter haproxy_out;
  (void)haproxy::put_statistics(haproxy_out, bytes);
  must_be_readable(haproxy_out);
  say(bytes);
}

}  // namespace outrider::fuzz
