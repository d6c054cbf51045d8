// One span where it lies, understood as far as its trace is judged by it, and the way through a request to
// each of them. Such a request was looked at when it came in: what cannot be read any more is passed over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace outrider::telemetry::otlp {

// The numbers of Span.SpanKind and Status.StatusCode.
enum class SpanKind : std::uint8_t { unspecified, internal, server, client, producer, consumer };
enum class StatusCode : std::uint8_t { unset, ok, error };

struct SpanView {
  std::string_view bytes;  // all of its message
  std::string_view trace_id, span_id, parent_id, name;
  std::uint64_t start_ns = 0, end_ns = 0;  // since 1970
  std::uint32_t flags = 0;
  SpanKind kind = SpanKind::unspecified;
  StatusCode status = StatusCode::unset;

  std::uint64_t took_ns() const { return end_ns > start_ns ? end_ns - start_ns : 0; }
  // Nobody called it, or somebody elsewhere did: what comes below it in its service has ended before it.
  bool is_entry() const;
};

SpanView view_span(std::string_view bytes);

// An id as people and the other signals write it: in hexadecimal.
std::string id_text(std::string_view id);

// Where an attribute of a span or a resource has that value, as a text. `attributes`: the field's number in
// `message`.
inline constexpr std::uint32_t span_attributes = 9, resource_attributes = 1;
bool has_attribute(std::string_view message, std::uint32_t attributes, std::string_view key,
                   std::string_view value);
// Its value as a text; empty where it has none, or it is a list or a map.
std::string attribute_of(std::string_view message, std::uint32_t attributes, std::string_view key);

// Calls `visit` with each span and the message of the resource that it belongs to. False when the rest cannot
// be read.
using VisitSpan = std::function<void(std::string_view resource, std::string_view span)>;
bool visit_spans(std::string_view request, const VisitSpan& visit);

}  // namespace outrider::telemetry::otlp
