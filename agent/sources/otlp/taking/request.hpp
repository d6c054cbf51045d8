// A request over HTTP: what must be refused before it is read, and what comes out of its body. Pure.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"
#include "agent/sources/otlp/taking/signals.hpp"
#include "agent/telemetry/otlp/answer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace outrider::sources::otlp {

struct Refusal {
  int status = 400;
  telemetry::otlp::Code code = telemetry::otlp::Code::invalid_argument;
  std::string why;
};

// How a request is written, and so its answer.
enum class Form : std::uint8_t { protobuf, json };
Form form_of(const net::Call& call);

// By its method, type and encoding; nothing: it can be read.
std::optional<Refusal> refusal_of(const net::Call& call, const SignalKind& kind);

// Takes the processor for a while. `exhausted`: more than `most_bytes` came out of its body, or more than
// that times the signal's growth out of what is in it.
core::Outcome<Taken> take(const net::Call& call, const SignalKind& kind, std::uint64_t most_bytes);

net::Response answer_of(const Refusal& refusal, Form form);
net::Response answer_of(const telemetry::otlp::PartialSuccess& partial, const SignalKind& kind, Form form);

}  // namespace outrider::sources::otlp
