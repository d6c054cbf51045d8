// Brings OTLP requests to a gRPC server, as if it were one of HTTP: what follows an answer's body is among
// its headers, its body is the message.
#pragma once

#include "agent/net/h2/client.hpp"
#include "agent/net/http.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::sinks::otlp {

bool is_grpc(std::string_view url);

// "grpcs://collector" -> "collector:4317".
std::string grpc_address(std::string_view url);

// A header that the protocol itself needs, or HTTP/2 does not have.
bool is_grpcs_own(std::string_view header);

class GrpcClient final : public net::Client {
 public:
  // `clock` and `streams` outlive it.
  GrpcClient(core::Clock& clock, net::StreamClient& streams, const std::string& url,
             std::optional<net::TlsTrust> tls, std::string_view method);

  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override;

 private:
  net::H2Call call_of(net::Request request, core::Duration limit) const;

  std::string scheme_;
  std::string address_;
  std::string method_;
  net::H2Client client_;
};

}  // namespace outrider::sinks::otlp
