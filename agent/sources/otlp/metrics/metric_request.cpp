#include "agent/sources/otlp/metrics/metric_request.hpp"

#include "agent/sources/otlp/metrics/metric_message.hpp"

#include <limits>

#include <protozero/exception.hpp>

namespace outrider::sources::otlp {
namespace {

using telemetry::otlp::walk;

constexpr std::uint32_t the_source = 1, what_is_in_it = 2;  // of ResourceMetrics and of ScopeMetrics

std::string_view source_of(std::string_view message) {
  std::string_view source;
  walk(message, the_source, [&](std::string_view one) { source = one; });
  return source;
}

std::uint64_t points_in(std::string_view request) {
  std::uint64_t points = 0;
  Point point;
  for (const MetricPlace& place : metrics_in(request)) {
    const Metric metric = read_metric(place.metric);
    walk_points(metric, [&](std::string_view message) {
      read_point(message, metric.kind, point);
      ++points;
    });
  }
  return points;
}

}  // namespace

std::vector<MetricPlace> metrics_in(std::string_view request) {
  std::vector<MetricPlace> all;
  walk(request, 1, [&](std::string_view of) {
    MetricPlace place;
    place.resource = source_of(of);
    walk(of, what_is_in_it, [&](std::string_view scope) {
      place.scope = source_of(scope);
      walk(scope, what_is_in_it, [&](std::string_view metric) {
        place.metric = metric;
        all.push_back(place);
      });
    });
  });
  return all;
}

core::Outcome<Taken> read_metrics(std::string_view request, std::uint64_t most_bytes) {
  std::uint64_t points = 0;
  try {
    points = points_in(request);
  } catch (const protozero::exception& thrown) {
    return core::fail(telemetry::otlp::not_protobuf(thrown.what()));
  }
  if (request.size() > most_bytes || points > std::numeric_limits<std::uint32_t>::max())
    return core::fail(core::Errc::exhausted, "cannot take so much at once; send less in a request");
  Taken taken;
  if (points == 0) return taken;
  telemetry::Shelter shelter(request.size());
  telemetry::Record& record = taken.batch.records.emplace_back();
  record.text = shelter.keep(request, taken.batch.chunks);
  record.bytes = request.size();
  record.count = static_cast<std::uint32_t>(points);
  return taken;
}

}  // namespace outrider::sources::otlp
