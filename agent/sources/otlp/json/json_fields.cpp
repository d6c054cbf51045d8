#include "agent/sources/otlp/json/json_fields.hpp"

#include <algorithm>

namespace outrider::sources::otlp {
namespace {
namespace named {  // short names, which are others elsewhere

using enum FieldKind;

// They hold one another: a value may be a list of values.
extern const JsonMessage any_value, key_value;

constexpr JsonField list_of(std::string_view name, std::uint32_t number, const JsonMessage& type) {
  return {name, number, message, true, &type};
}
constexpr JsonField one(std::string_view name, std::uint32_t number, const JsonMessage& type) {
  return {name, number, message, false, &type};
}

constexpr JsonField array_fields[]{list_of("values", 1, any_value)};
constexpr JsonMessage array_value{array_fields};
constexpr JsonField map_fields[]{list_of("values", 1, key_value)};
constexpr JsonMessage map_value{map_fields};
constexpr JsonField any_fields[]{
    {"stringValue", 1, text}, {"boolValue", 2, truth},           {"intValue", 3, whole},
    {"doubleValue", 4, real}, one("arrayValue", 5, array_value), one("kvlistValue", 6, map_value),
    {"bytesValue", 7, bytes}};
constexpr JsonMessage any_value{any_fields};
constexpr JsonField key_value_fields[]{{"key", 1, text}, one("value", 2, any_value)};
constexpr JsonMessage key_value{key_value_fields};

constexpr JsonField status_fields[]{{"message", 2, text}, {"code", 3, whole}};
constexpr JsonMessage status{status_fields};
constexpr JsonField link_fields[]{{"traceId", 1, id},
                                  {"spanId", 2, id},
                                  {"traceState", 3, text},
                                  list_of("attributes", 4, key_value),
                                  {"droppedAttributesCount", 5, whole},
                                  {"flags", 6, fixed32}};
constexpr JsonMessage link{link_fields};
constexpr JsonField event_fields[]{{"timeUnixNano", 1, fixed64},
                                   {"name", 2, text},
                                   list_of("attributes", 3, key_value),
                                   {"droppedAttributesCount", 4, whole}};
constexpr JsonMessage event{event_fields};
constexpr JsonField span_fields[]{{"traceId", 1, id},
                                  {"spanId", 2, id},
                                  {"traceState", 3, text},
                                  {"parentSpanId", 4, id},
                                  {"name", 5, text},
                                  {"kind", 6, whole},
                                  {"startTimeUnixNano", 7, fixed64},
                                  {"endTimeUnixNano", 8, fixed64},
                                  list_of("attributes", 9, key_value),
                                  {"droppedAttributesCount", 10, whole},
                                  list_of("events", 11, event),
                                  {"droppedEventsCount", 12, whole},
                                  list_of("links", 13, link),
                                  {"droppedLinksCount", 14, whole},
                                  one("status", 15, status),
                                  {"flags", 16, fixed32}};
constexpr JsonMessage span{span_fields};
constexpr JsonField scope_fields[]{{"name", 1, text},
                                   {"version", 2, text},
                                   list_of("attributes", 3, key_value),
                                   {"droppedAttributesCount", 4, whole}};
constexpr JsonMessage scope{scope_fields};
constexpr JsonField scope_spans_fields[]{
    one("scope", 1, scope), list_of("spans", 2, span), {"schemaUrl", 3, text}};
constexpr JsonMessage scope_spans{scope_spans_fields};
constexpr JsonField resource_fields[]{list_of("attributes", 1, key_value),
                                      {"droppedAttributesCount", 2, whole}};
constexpr JsonMessage resource{resource_fields};
constexpr JsonField resource_spans_fields[]{
    one("resource", 1, resource), list_of("scopeSpans", 2, scope_spans), {"schemaUrl", 3, text}};
constexpr JsonMessage resource_spans{resource_spans_fields};
constexpr JsonField trace_request_fields[]{list_of("resourceSpans", 1, resource_spans)};
constexpr JsonMessage trace_request{trace_request_fields};

constexpr JsonField log_fields[]{{"timeUnixNano", 1, fixed64},
                                 {"severityNumber", 2, whole},
                                 {"severityText", 3, text},
                                 one("body", 5, any_value),
                                 list_of("attributes", 6, key_value),
                                 {"droppedAttributesCount", 7, whole},
                                 {"flags", 8, fixed32},
                                 {"traceId", 9, id},
                                 {"spanId", 10, id},
                                 {"observedTimeUnixNano", 11, fixed64},
                                 {"eventName", 12, text}};
constexpr JsonMessage log{log_fields};
constexpr JsonField scope_logs_fields[]{
    one("scope", 1, scope), list_of("logRecords", 2, log), {"schemaUrl", 3, text}};
constexpr JsonMessage scope_logs{scope_logs_fields};
constexpr JsonField resource_logs_fields[]{
    one("resource", 1, resource), list_of("scopeLogs", 2, scope_logs), {"schemaUrl", 3, text}};
constexpr JsonMessage resource_logs{resource_logs_fields};
constexpr JsonField log_request_fields[]{list_of("resourceLogs", 1, resource_logs)};
constexpr JsonMessage log_request{log_request_fields};

constexpr JsonField numbers(std::string_view name, std::uint32_t number, FieldKind kind) {
  return {name, number, kind, true};
}

constexpr JsonField exemplar_fields[]{
    {"timeUnixNano", 2, fixed64}, {"asDouble", 3, real},        {"spanId", 4, id},
    {"traceId", 5, id},           {"asInt", 6, signed_fixed64}, list_of("filteredAttributes", 7, key_value)};
constexpr JsonMessage exemplar{exemplar_fields};
constexpr JsonField number_point_fields[]{{"startTimeUnixNano", 2, fixed64},
                                          {"timeUnixNano", 3, fixed64},
                                          {"asDouble", 4, real},
                                          list_of("exemplars", 5, exemplar),
                                          {"asInt", 6, signed_fixed64},
                                          list_of("attributes", 7, key_value),
                                          {"flags", 8, whole}};
constexpr JsonMessage number_point{number_point_fields};
constexpr JsonField histogram_point_fields[]{{"startTimeUnixNano", 2, fixed64},
                                             {"timeUnixNano", 3, fixed64},
                                             {"count", 4, fixed64},
                                             {"sum", 5, real},
                                             numbers("bucketCounts", 6, fixed64),
                                             numbers("explicitBounds", 7, real),
                                             list_of("exemplars", 8, exemplar),
                                             list_of("attributes", 9, key_value),
                                             {"flags", 10, whole},
                                             {"min", 11, real},
                                             {"max", 12, real}};
constexpr JsonMessage histogram_point{histogram_point_fields};
constexpr JsonField buckets_fields[]{{"offset", 1, zigzag}, numbers("bucketCounts", 2, whole)};
constexpr JsonMessage buckets{buckets_fields};
constexpr JsonField exponential_point_fields[]{list_of("attributes", 1, key_value),
                                               {"startTimeUnixNano", 2, fixed64},
                                               {"timeUnixNano", 3, fixed64},
                                               {"count", 4, fixed64},
                                               {"sum", 5, real},
                                               {"scale", 6, zigzag},
                                               {"zeroCount", 7, fixed64},
                                               one("positive", 8, buckets),
                                               one("negative", 9, buckets),
                                               {"flags", 10, whole},
                                               list_of("exemplars", 11, exemplar),
                                               {"min", 12, real},
                                               {"max", 13, real},
                                               {"zeroThreshold", 14, real}};
constexpr JsonMessage exponential_point{exponential_point_fields};
constexpr JsonField quantile_fields[]{{"quantile", 1, real}, {"value", 2, real}};
constexpr JsonMessage quantile{quantile_fields};
constexpr JsonField summary_point_fields[]{{"startTimeUnixNano", 2, fixed64},
                                           {"timeUnixNano", 3, fixed64},
                                           {"count", 4, fixed64},
                                           {"sum", 5, real},
                                           list_of("quantileValues", 6, quantile),
                                           list_of("attributes", 7, key_value),
                                           {"flags", 8, whole}};
constexpr JsonMessage summary_point{summary_point_fields};
constexpr JsonField gauge_fields[]{list_of("dataPoints", 1, number_point)};
constexpr JsonMessage gauge{gauge_fields};
constexpr JsonField sum_fields[]{
    list_of("dataPoints", 1, number_point), {"aggregationTemporality", 2, whole}, {"isMonotonic", 3, truth}};
constexpr JsonMessage sum{sum_fields};
constexpr JsonField histogram_fields[]{list_of("dataPoints", 1, histogram_point),
                                       {"aggregationTemporality", 2, whole}};
constexpr JsonMessage histogram{histogram_fields};
constexpr JsonField exponential_fields[]{list_of("dataPoints", 1, exponential_point),
                                         {"aggregationTemporality", 2, whole}};
constexpr JsonMessage exponential{exponential_fields};
constexpr JsonField summary_fields[]{list_of("dataPoints", 1, summary_point)};
constexpr JsonMessage summary{summary_fields};
constexpr JsonField metric_fields[]{{"name", 1, text},
                                    {"description", 2, text},
                                    {"unit", 3, text},
                                    one("gauge", 5, gauge),
                                    one("sum", 7, sum),
                                    one("histogram", 9, histogram),
                                    one("exponentialHistogram", 10, exponential),
                                    one("summary", 11, summary),
                                    list_of("metadata", 12, key_value)};
constexpr JsonMessage metric{metric_fields};
constexpr JsonField scope_metrics_fields[]{
    one("scope", 1, scope), list_of("metrics", 2, metric), {"schemaUrl", 3, text}};
constexpr JsonMessage scope_metrics{scope_metrics_fields};
constexpr JsonField resource_metrics_fields[]{
    one("resource", 1, resource), list_of("scopeMetrics", 2, scope_metrics), {"schemaUrl", 3, text}};
constexpr JsonMessage resource_metrics{resource_metrics_fields};
constexpr JsonField metric_request_fields[]{list_of("resourceMetrics", 1, resource_metrics)};
constexpr JsonMessage metric_request{metric_request_fields};

}  // namespace named
}  // namespace

const JsonField* JsonMessage::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &JsonField::name);
  return found == fields.end() ? nullptr : &*found;
}

const JsonMessage& trace_request_in_json() { return named::trace_request; }

const JsonMessage& log_request_in_json() { return named::log_request; }

const JsonMessage& metric_request_in_json() { return named::metric_request; }

}  // namespace outrider::sources::otlp
