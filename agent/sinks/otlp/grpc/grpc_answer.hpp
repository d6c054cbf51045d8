// What an answer over gRPC means for the spans that were sent: by the protocol's own table, but for what is
// ours to mend. Pure.
#pragma once

#include "agent/net/http.hpp"
#include "agent/sinks/posting.hpp"

#include <optional>
#include <string_view>

namespace outrider::sinks::otlp {

// `wants_us_back`: it said when to come again (RetryInfo). `why`: its words.
Meaning meaning_of_grpc(int status, bool wants_us_back, std::string_view why);

// Of an answer that is not `taken`; what was taken says no more than that here. What came is read as
// GrpcClient gives it.
Posted posted_over_grpc(const net::Response& answer, core::WallTime now);

}  // namespace outrider::sinks::otlp
