// The metrics of an OTLP request (ExportMetricsServiceRequest), read where they lie.
#pragma once

#include "agent/sources/otlp/taking/signals.hpp"

#include <string_view>
#include <vector>

namespace outrider::sources::otlp {

// The request itself as one record, counted by its data points. What cannot be read is refused as a whole.
core::Outcome<Taken> read_metrics(std::string_view request, std::uint64_t most_bytes);

// A metric, and what it comes from.
struct MetricPlace {
  std::string_view resource, scope, metric;
};

// Throws what protozero throws.
std::vector<MetricPlace> metrics_in(std::string_view request);

}  // namespace outrider::sources::otlp
