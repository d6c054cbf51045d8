#include "agent/sources/otlp/grpc/grpc_call.hpp"

#include "agent/seal/digest.hpp"

#include <utility>

namespace outrider::sources::otlp {
namespace {

constexpr std::string_view content_type = "application/grpc";
constexpr std::string_view encodings = "gzip,identity";

}  // namespace

net::H2Reply grpc_error(GrpcStatus status, std::string_view why, core::Duration come_again) {
  net::H2Reply reply;
  reply.headers = {{"content-type", std::string(content_type)}};
  reply.trailers = {{"grpc-status", std::to_string(static_cast<int>(status))},
                    {"grpc-message", net::grpc_text(why)}};
  if (come_again > core::Duration::zero()) {
    const auto code = static_cast<telemetry::otlp::Code>(status);
    const std::string details = telemetry::otlp::write_status(code, why, come_again);
    reply.trailers.emplace_back("grpc-status-details-bin", seal::encode(details, seal::Letters::base64));
  }
  return reply;
}

bool is_grpc(const net::Call& call) {
  const std::string_view type = net::header(call.headers, "content-type");
  const bool is_its_type = type == content_type || type.starts_with("application/grpc+proto") ||
                           type.starts_with("application/grpc;");
  return call.method == "POST" && is_its_type;
}

net::H2Reply not_grpc() {
  net::H2Reply reply;
  reply.status = 415;
  return reply;
}

std::optional<net::H2Reply> unwrap(net::Call& call) {
  const auto message = net::read_grpc_message(call.body);
  if (!message)
    return grpc_error(GrpcStatus::invalid_argument, "cannot read the call: it must bring one message, whole");
  const bool is_packed = message->is_packed;
  const std::string_view encoding = net::header(call.headers, "grpc-encoding");
  if (is_packed && encoding != "gzip") {
    net::H2Reply reply =
        grpc_error(GrpcStatus::unimplemented, "a message may be packed with gzip, not otherwise");
    reply.headers.emplace_back("grpc-accept-encoding", encodings);
    return reply;
  }
  call.body.erase(0, call.body.size() - message->bytes.size());
  call.headers = {{"content-type", "application/x-protobuf"}};
  if (is_packed) call.headers.emplace_back("content-encoding", "gzip");
  return std::nullopt;
}

net::H2Reply grpc_answer(const Verdict& verdict) {
  if (verdict.refusal) {
    const auto status = static_cast<GrpcStatus>(verdict.refusal->code);
    return grpc_error(status, verdict.refusal->why, verdict.come_again);
  }
  net::H2Reply reply;
  reply.headers = {{"content-type", std::string(content_type)},
                   {"grpc-accept-encoding", std::string(encodings)}};
  const std::string message = telemetry::otlp::write_answer(verdict.partial);
  reply.body = net::grpc_prefix(message.size(), false) + message;
  reply.trailers = {{"grpc-status", "0"}};
  return reply;
}

std::optional<core::Duration> grpc_timeout(const net::Call& call) {
  return net::read_grpc_timeout(net::header(call.headers, "grpc-timeout"));
}

}  // namespace outrider::sources::otlp
