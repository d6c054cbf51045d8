// A portion as a request of OTLP (ExportMetricsServiceRequest): series of one histogram or summary become one
// data point, job and instance a resource. Pure, and slow enough for a pool.
#pragma once

#include "agent/core/outcome.hpp"

#include <string>
#include <string_view>

namespace outrider::telemetry::remote_write {

core::Outcome<std::string> otlp_request(std::string_view packed);

}  // namespace outrider::telemetry::remote_write
