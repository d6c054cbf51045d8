// What tells one signal of OTLP from another: where its requests come, what is in them, and how they are
// read. A further signal is a row in signals.cpp and a function that reads its requests.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/sources/keeping.hpp"
#include "agent/sources/otlp/json/json_fields.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::sources::otlp {

// What came out of a request; the batch is what goes on, the rest is for who counts.
struct Taken {
  telemetry::Batch batch;
  std::uint64_t broken = 0;      // of what was in it, and not taken
  std::string why;               // of the first of them
  std::uint64_t broken_ids = 0;  // of what was taken without them
};

struct SignalKind {
  std::string_view stream;    // of its batches
  std::string_view path;      // over HTTP
  std::string_view method;    // over gRPC
  std::string_view call;      // the same for a person: "TraceService/Export"
  std::string_view name;      // "traces"
  std::string_view things;    // what a request holds: "spans"
  std::string_view rejected;  // how many of them were not taken, in an answer in JSON
  const JsonMessage& (*in_json)();
  // In Protobuf. `exhausted`: more than `most_bytes` would come out of it.
  core::Outcome<Taken> (*read)(std::string_view request, std::uint64_t most_bytes);
  std::uint64_t growth;  // times the bytes of a request that may come out of it
};

const SignalKind& kind_of(Signal signal);

}  // namespace outrider::sources::otlp
