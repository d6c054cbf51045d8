// Sends spans on by OTLP over HTTP or gRPC, in Protobuf, with the bytes that their senders wrote; and
// samples, as metrics.
#pragma once

#include "agent/sinks/posting.hpp"
#include "agent/sinks/posting_settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>
#include <string>

namespace outrider::sinks::otlp {

std::unique_ptr<Sink> make(const Tools& tools, PostingSettings settings);

// Each record of a batch is a portion (telemetry/remote_write/portions.hpp), and a request of its own.
std::unique_ptr<Sink> make_for_metrics(const Tools& tools, PostingSettings settings);

// "http://jaeger:4318" as it is meant: "http://jaeger:4318/v1/traces"; over gRPC as it is.
std::string traces_url(std::string url);
std::string metrics_url(std::string url);

// What a status means for what was sent; by the protocol's own table, but for what is ours to
// mend.
Meaning meaning_of(int status);

}  // namespace outrider::sinks::otlp
