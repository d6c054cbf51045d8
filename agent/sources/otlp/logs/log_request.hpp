// The log records of an OTLP request (ExportLogsServiceRequest), read where they lie.
#pragma once

#include "agent/sources/otlp/taking/signals.hpp"

namespace outrider::sources::otlp {

// One record each. What cannot be read is refused as a whole; a record with broken ids is taken without them.
// `exhausted`: they would weigh more than `most_bytes`.
core::Outcome<Taken> read_logs(std::string_view request, std::uint64_t most_bytes);

}  // namespace outrider::sources::otlp
