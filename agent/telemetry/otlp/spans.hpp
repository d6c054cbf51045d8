// The spans of an OTLP trace request (ExportTraceServiceRequest), looked at where they lie. Nothing is
// decoded: bytes go on as they came. Two such requests, one behind the other, are one request again: so is
// Protobuf made, and so portions are put together for sending.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry::otlp {

// What is in a request. A span without a place in a trace is broken: nobody could ever find it.
struct Survey {
  std::uint64_t good = 0;
  std::uint64_t broken = 0;
  std::string_view why;  // of the first broken one, for a person to read; or empty
};

// An error when it is not Protobuf, down to the fields of each span. What lies deeper is the receiver's to
// judge.
core::Outcome<Survey> survey(std::string_view request);

// A part of a request that is a request, too.
struct Portion {
  std::string_view bytes;
  std::uint32_t spans = 0;
};

// The good spans of a request in portions of about `most_bytes`, each with the resource and the scope it came
// with. A request that is small enough, and has no broken span, is one portion: itself. A span, or a
// resource, that is larger than that makes a portion larger.
struct Portions {
  Survey survey;
  std::vector<Portion> list;
  std::deque<std::string> made;  // what those of them look into that do not look into the request
};

core::Outcome<Portions> portions_of(std::string_view request, std::size_t most_bytes);

// Large enough that what surrounds spans is seldom repeated, small beside what receivers take at once.
inline constexpr std::size_t usual_portion_bytes = 256UL * 1024;

// The same of those that are wanted, which is asked once of each, in order; of a request whose spans are
// good.
using Wanted = std::function<bool(std::string_view span)>;
core::Outcome<Portions> portions_of(std::string_view request, std::size_t most_bytes, const Wanted& wanted);

// Of a good span.
std::string_view trace_id_of(std::string_view span);

}  // namespace outrider::telemetry::otlp
