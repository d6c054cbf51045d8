// For tests: spans of traces, as an SDK writes them.
#pragma once

#include "agent/telemetry/otlp/testing.hpp"
#include "agent/tracing/trace_key.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::tracing::testing {

namespace otlp = telemetry::otlp::testing;

struct TestSpan {
  std::uint64_t trace = 1, id = 1, parent = 0;
  std::uint64_t start_ms = 0, took_ms = 1;
  bool failed = false;
  std::string key{}, value{};  // an attribute
  bool parent_is_remote = false;
  std::size_t padding = 0;
  std::string_view name = "GET /";
  int kind = 2;
};

inline std::string trace_id(std::uint64_t number) {
  return otlp::id_of(0x0af7651916cd43ddu) + otlp::id_of(number);
}
inline TraceKey key(std::uint64_t trace) { return key_of(trace_id(trace)); }

inline std::string text_attribute(std::string_view key, std::string_view value) {
  return otlp::field(1, key) + otlp::field(2, otlp::field(1, value));
}

inline std::string bytes_of(const TestSpan& span) {
  std::string out = otlp::field(1, trace_id(span.trace)) + otlp::field(2, otlp::id_of(span.id));
  if (span.parent != 0) out += otlp::field(4, otlp::id_of(span.parent));
  out += otlp::field(5, span.name);
  protozero::pbf_writer writer(out);
  writer.add_enum(6, span.kind);
  writer.add_fixed64(7, span.start_ms * 1'000'000);
  writer.add_fixed64(8, (span.start_ms + span.took_ms) * 1'000'000);
  if (!span.key.empty()) writer.add_message(9, text_attribute(span.key, span.value));
  if (span.padding > 0) writer.add_message(9, text_attribute("padding", std::string(span.padding, 'x')));
  if (span.failed) {
    std::string status;
    protozero::pbf_writer(status).add_enum(3, 2);
    writer.add_message(15, status);
  }
  if (span.parent_is_remote) writer.add_fixed32(16, 0x300);
  return out;
}

inline std::string request_with(const std::vector<TestSpan>& spans, std::string_view service = "api") {
  otlp::Payloads payloads;
  for (const TestSpan& span : spans) payloads.push_back(bytes_of(span));
  return otlp::field(1, otlp::resource_of({otlp::scope_of(payloads)}, service));
}

}  // namespace outrider::tracing::testing
