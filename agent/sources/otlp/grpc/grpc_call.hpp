// A gRPC call and its answer, over whatever carries it: one message framed in a body, a status in trailers.
// Pure.
#pragma once

#include "agent/net/h2/grpc.hpp"
#include "agent/net/h2/service.hpp"
#include "agent/sources/otlp/taking/taking.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::sources::otlp {

using net::GrpcStatus;

net::H2Reply grpc_error(GrpcStatus status, std::string_view why, core::Duration come_again = {});

bool is_grpc(const net::Call& call);
net::H2Reply not_grpc();

// What must be refused of a call, by its frame; nothing: it is changed into what came in over HTTP.
std::optional<net::H2Reply> unwrap(net::Call& call);

net::H2Reply grpc_answer(const Verdict& verdict);

// How long its sender will wait; nothing: it does not say.
std::optional<core::Duration> grpc_timeout(const net::Call& call);

}  // namespace outrider::sources::otlp
