#include "agent/telemetry/otlp/span_view.hpp"

#include "agent/telemetry/otlp/key_value.hpp"
#include "agent/telemetry/otlp/spans_cutter.hpp"
#include "agent/telemetry/otlp/walk.hpp"

#include <charconv>
#include <string>

#include <protozero/exception.hpp>

namespace outrider::telemetry::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

constexpr std::uint32_t span_name = 5, span_kind = 6, span_start = 7, span_end = 8, span_status = 15,
                        span_flags = 16;
constexpr std::uint32_t status_code = 3, resource_itself = 1;
// In the flags of a span: whether it is known that its parent is elsewhere, and whether it is.
constexpr std::uint32_t knows_of_parent = 0x100, parent_is_remote = 0x200;

template <class Enum>
Enum known(std::int32_t number, Enum most) {
  return number >= 0 && number <= static_cast<std::int32_t>(most) ? static_cast<Enum>(number) : Enum{};
}

StatusCode status_of(std::string_view message) {
  pbf_reader reader(message.data(), message.size());
  while (reader.next(status_code, pbf_wire_type::varint)) return known(reader.get_enum(), StatusCode::error);
  return StatusCode::unset;
}

void read_field(pbf_reader& reader, SpanView& span) {
  switch (reader.tag_and_type()) {
    case tag_and_type(span_trace_id, pbf_wire_type::length_delimited):
      span.trace_id = text_of(reader.get_view());
      return;
    case tag_and_type(span_id, pbf_wire_type::length_delimited):
      span.span_id = text_of(reader.get_view());
      return;
    case tag_and_type(span_parent, pbf_wire_type::length_delimited):
      span.parent_id = text_of(reader.get_view());
      return;
    case tag_and_type(span_name, pbf_wire_type::length_delimited):
      span.name = text_of(reader.get_view());
      return;
    case tag_and_type(span_kind, pbf_wire_type::varint):
      span.kind = known(reader.get_enum(), SpanKind::consumer);
      return;
    case tag_and_type(span_start, pbf_wire_type::fixed64): span.start_ns = reader.get_fixed64(); return;
    case tag_and_type(span_end, pbf_wire_type::fixed64): span.end_ns = reader.get_fixed64(); return;
    case tag_and_type(span_status, pbf_wire_type::length_delimited):
      span.status = status_of(text_of(reader.get_view()));
      return;
    case tag_and_type(span_flags, pbf_wire_type::fixed32): span.flags = reader.get_fixed32(); return;
    default: reader.skip();
  }
}

// AnyValue. A fraction, a list or a map is no text.
std::string text_in(std::string_view any) {
  pbf_reader reader(any.data(), any.size());
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::length_delimited): return reader.get_string();
      case tag_and_type(2, pbf_wire_type::varint): return reader.get_bool() ? "true" : "false";
      case tag_and_type(3, pbf_wire_type::varint): return std::to_string(reader.get_int64());
      default: reader.skip();
    }
  }
  return {};
}

// Until `wanted` says true.
template <class Wanted>
bool any_attribute(std::string_view message, std::uint32_t attributes, const Wanted& wanted) {
  try {
    pbf_reader reader(message.data(), message.size());
    while (reader.next(attributes, pbf_wire_type::length_delimited)) {
      if (wanted(read_key_value(text_of(reader.get_view())))) return true;
    }
  } catch (const protozero::exception&) {
    return false;
  }
  return false;
}

}  // namespace

bool SpanView::is_entry() const {
  const bool is_remote = (flags & knows_of_parent) != 0 && (flags & parent_is_remote) != 0;
  return parent_id.empty() || is_remote;
}

std::string id_text(std::string_view id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * id.size());
  for (const char one : id) {
    const auto byte = static_cast<unsigned char>(one);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

SpanView view_span(std::string_view bytes) {
  SpanView span;
  span.bytes = bytes;
  try {
    pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) read_field(reader, span);
  } catch (const protozero::exception&) {
    return span;
  }
  return span;
}

bool has_attribute(std::string_view message, std::uint32_t attributes, std::string_view key,
                   std::string_view value) {
  return any_attribute(message, attributes,
                       [&](const KeyValue& one) { return one.key == key && text_in(one.value) == value; });
}

std::string attribute_of(std::string_view message, std::uint32_t attributes, std::string_view key) {
  std::string found;
  any_attribute(message, attributes, [&](const KeyValue& one) {
    if (one.key != key) return false;
    found = text_in(one.value);
    return true;
  });
  return found;
}

bool visit_spans(std::string_view request, const VisitSpan& visit) {
  try {
    walk(request, request_resources, [&](std::string_view of) {
      std::string_view resource;
      walk(of, resource_itself, [&](std::string_view message) { resource = message; });
      walk(of, resource_scopes, [&](std::string_view scope) {
        walk(scope, scope_spans, [&](std::string_view span) { visit(resource, span); });
      });
    });
  } catch (const protozero::exception&) {
    return false;
  }
  return true;
}

}  // namespace outrider::telemetry::otlp
