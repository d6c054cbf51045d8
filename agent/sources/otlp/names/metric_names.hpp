// What a metric of OTLP, and its attributes, are called at Prometheus: OpenTelemetry's own rules. Pure.
#pragma once

#include "agent/telemetry/metrics.hpp"

#include <string>
#include <string_view>

namespace outrider::sources::otlp {

struct MetricName {
  std::string name;  // http_server_duration_seconds, jobs_done_total; empty: it has none
  std::string unit;  // seconds; empty: none that the name ends with
};

// `unit` in UCUM's letters: ms, By, {request}/s.
MetricName metric_name(std::string_view name, std::string_view unit, telemetry::MetricType type,
                       bool is_gauge_of_otlp);

// http.route becomes http_route; what Prometheus keeps for itself is put behind `key_`.
std::string label_name(std::string_view attribute);

}  // namespace outrider::sources::otlp
