#include "agent/sources/otlp/taking/signals.hpp"

#include "agent/sources/otlp/logs/log_request.hpp"
#include "agent/sources/otlp/metrics/metric_request.hpp"
#include "agent/telemetry/otlp/calls.hpp"
#include "agent/telemetry/otlp/spans.hpp"

namespace outrider::sources::otlp {
namespace {

namespace wire = telemetry::otlp;

// Good spans as records, each a request of about `usual_portion_bytes`.
core::Outcome<Taken> read_spans(std::string_view request, std::uint64_t) {
  const auto portions = wire::portions_of(request, wire::usual_portion_bytes);
  if (!portions) return core::fail(portions.error());
  Taken taken;
  taken.broken = portions->survey.broken;
  taken.why = portions->survey.why;
  std::size_t bytes = 0;
  for (const wire::Portion& portion : portions->list) bytes += portion.bytes.size();
  telemetry::Shelter shelter(bytes);
  for (const wire::Portion& portion : portions->list) {
    telemetry::Record record;
    record.text = shelter.keep(portion.bytes, taken.batch.chunks);
    record.bytes = portion.bytes.size();
    record.count = portion.spans;
    taken.batch.records.push_back(record);
  }
  return taken;
}

constexpr SignalKind traces{trace_stream,
                            wire::traces_call.path,
                            wire::traces_call.method,
                            "TraceService/Export",
                            "traces",
                            "spans",
                            "rejectedSpans",
                            trace_request_in_json,
                            read_spans,
                            2};

// The fields of what surrounds records are written with each of them.
constexpr SignalKind logs{log_stream,
                          wire::logs_call.path,
                          wire::logs_call.method,
                          "LogsService/Export",
                          "logs",
                          "log records",
                          "rejectedLogRecords",
                          log_request_in_json,
                          read_logs,
                          4};

constexpr SignalKind metrics{metric_stream,
                             wire::metrics_call.path,
                             wire::metrics_call.method,
                             "MetricsService/Export",
                             "metrics",
                             "data points",
                             "rejectedDataPoints",
                             metric_request_in_json,
                             read_metrics,
                             2};

}  // namespace

const SignalKind& kind_of(Signal signal) {
  switch (signal) {
    case Signal::traces: return traces;
    case Signal::metrics: return metrics;
    case Signal::logs: break;
  }
  return logs;
}

}  // namespace outrider::sources::otlp
