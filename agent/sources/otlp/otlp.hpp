// Listens for OTLP over HTTP and gRPC. A sender hears that its spans were taken when they are on the disk,
// and keeps them until then.
#pragma once

#include "agent/net/server.hpp"
#include "agent/sources/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace outrider::sources::otlp {

struct Settings {
  std::string http, grpc;                  // addresses; empty: not
  std::optional<net::TlsFiles> tls{};      // for both
  std::uint64_t most_request = 20u << 20;  // bytes, unpacked
  std::uint32_t connections = 64;
};

std::unique_ptr<TraceSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::otlp
