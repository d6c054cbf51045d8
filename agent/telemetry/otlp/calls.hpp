// What is called at whoever takes OTLP, by either protocol.
#pragma once

#include <string_view>

namespace outrider::telemetry::otlp {

struct Called {
  std::string_view path;    // over HTTP
  std::string_view method;  // over gRPC
};

inline constexpr Called traces_call{"/v1/traces",
                                    "/opentelemetry.proto.collector.trace.v1.TraceService/Export"};
inline constexpr Called logs_call{"/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export"};
inline constexpr Called metrics_call{"/v1/metrics",
                                     "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"};

}  // namespace outrider::telemetry::otlp
