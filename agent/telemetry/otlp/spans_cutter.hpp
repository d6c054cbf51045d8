// Puts spans together to requests again, each with the resource and the scope that it came with.
#pragma once

#include "agent/telemetry/otlp/spans.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::telemetry::otlp {

// The numbers of fields: ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span.
inline constexpr std::uint32_t request_resources = 1;
inline constexpr std::uint32_t resource_scopes = 2;
inline constexpr std::uint32_t scope_spans = 2;
inline constexpr std::uint32_t span_trace_id = 1;
inline constexpr std::uint32_t span_id = 2;
inline constexpr std::uint32_t span_parent = 4;

class Cutter {
 public:
  Cutter(std::size_t most_bytes, Portions& into) : most_bytes_(most_bytes), into_(into) {}

  // `around` and `about` are all fields but the spans, as they were written.
  void begin_resource(std::string around);
  void begin_scope(std::string about);
  void add(std::string_view span);
  void end();

 private:
  void close_scope();
  void close_resource();
  void close_portion();

  std::size_t most_bytes_;
  Portions& into_;
  std::string around_, about_;
  std::string request_, resource_, scope_;                         // what is put together so far
  std::uint32_t in_request_ = 0, in_resource_ = 0, in_scope_ = 0;  // spans
};

}  // namespace outrider::telemetry::otlp
