// Asks a gRPC server for its health, as grpc.health.v1 has it.
#pragma once

#include "agent/probes/shelf.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::probes::grpc {

struct Settings {
  std::string address;
  std::string service;                 // empty: the server as a whole
  std::string authority;               // empty: the address
  std::optional<net::TlsTrust> tls{};  // nothing: plain
};

// The message HealthCheckRequest in a frame of gRPC.
std::string health_question(std::string_view service);

enum class Serving { unknown = 0, serving = 1, not_serving = 2, service_unknown = 3 };

// Of a frame with a HealthCheckResponse; nothing when it is none.
std::optional<Serving> read_serving(std::string_view frame);

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::grpc
