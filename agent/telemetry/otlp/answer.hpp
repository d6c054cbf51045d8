// What is answered to an OTLP trace request, written and read: ExportTraceServiceResponse when it was taken,
// google.rpc.Status when not.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::telemetry::otlp {

// The other side has taken the request, but not so many of its spans, and will never take them. None, and a
// text: a warning.
struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string why;
};

std::string write_answer(const PartialSuccess& partial);  // empty when all was taken: so it is on the wire
std::optional<PartialSuccess> read_answer(std::string_view body);

// The numbers of google.rpc.Code.
enum class Code : std::uint8_t {
  invalid_argument = 3,
  resource_exhausted = 8,
  unimplemented = 12,
  unavailable = 14
};

// With `come_again` it says after how long (google.rpc.RetryInfo).
std::string write_status(Code code, std::string_view why, core::Duration come_again = {});
std::string read_status(std::string_view body);  // what it says; empty when it says nothing, or is none
// After how long it wants to be asked again; nothing: it does not say so.
std::optional<core::Duration> read_retry_info(std::string_view status);

}  // namespace outrider::telemetry::otlp
