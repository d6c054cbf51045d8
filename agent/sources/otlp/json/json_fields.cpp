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

}  // namespace named
}  // namespace

const JsonField* JsonMessage::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &JsonField::name);
  return found == fields.end() ? nullptr : &*found;
}

const JsonMessage& trace_request_in_json() { return named::trace_request; }

const JsonMessage& log_request_in_json() { return named::log_request; }

}  // namespace outrider::sources::otlp
