#include "agent/sources/otlp/grpc/grpc_call.hpp"

#include "agent/seal/digest.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view export_path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr std::string_view content_type = "application/grpc";
constexpr std::string_view encodings = "gzip,identity";
constexpr std::size_t prefix_bytes = 5;

// Bytes that a header cannot carry, and '%', as %XX.
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    const bool is_plain = byte >= ' ' && byte <= '~' && byte != '%';
    out += is_plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  }
  return out;
}

// google.rpc.Status with a google.rpc.RetryInfo: come again after so long.
std::string status_with_retry(GrpcStatus status, std::string_view why, core::Duration after) {
  std::string delay, info, any;
  protozero::pbf_writer(delay).add_int64(1, std::chrono::duration_cast<std::chrono::seconds>(after).count());
  protozero::pbf_writer(info).add_message(1, delay);
  protozero::pbf_writer detail(any);
  detail.add_string(1, "type.googleapis.com/google.rpc.RetryInfo");
  detail.add_message(2, info);
  std::string out = telemetry::otlp::write_status(static_cast<telemetry::otlp::Code>(status), why);
  protozero::pbf_writer(out).add_message(3, any);
  return out;
}

std::uint32_t length_in(std::string_view prefix) {
  std::uint32_t length = 0;
  for (const char byte : prefix.substr(1, 4)) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

std::string framed(std::string_view message) {
  std::string out(1, '\0');
  const auto length = static_cast<std::uint32_t>(message.size());
  for (const unsigned shift : {24u, 16u, 8u, 0u}) out.push_back(static_cast<char>(length >> shift & 0xff));
  return out += message;
}

}  // namespace

net::H2Reply grpc_error(GrpcStatus status, std::string_view why, core::Duration come_again) {
  net::H2Reply reply;
  reply.headers = {{"content-type", std::string(content_type)}};
  reply.trailers = {{"grpc-status", std::to_string(static_cast<int>(status))},
                    {"grpc-message", percent_encoded(why)}};
  if (come_again > core::Duration::zero()) {
    reply.trailers.emplace_back(
        "grpc-status-details-bin",
        seal::encode(status_with_retry(status, why, come_again), seal::Letters::base64));
  }
  return reply;
}

std::optional<net::H2Reply> unwrap(net::Call& call) {
  const std::string_view type = net::header(call.headers, "content-type");
  const bool is_grpc = type == content_type || type.starts_with("application/grpc+proto") ||
                       type.starts_with("application/grpc;");
  if (call.method != "POST" || !is_grpc) {
    net::H2Reply reply;
    reply.status = 415;
    return reply;
  }
  if (call.path != export_path)
    return grpc_error(GrpcStatus::unimplemented, "only TraceService/Export is taken here, not " + call.path);
  if (call.body.size() < prefix_bytes || length_in(call.body) != call.body.size() - prefix_bytes)
    return grpc_error(GrpcStatus::invalid_argument, "cannot read the call: it must bring one message, whole");
  const bool is_packed = call.body.front() != 0;
  const std::string_view encoding = net::header(call.headers, "grpc-encoding");
  if (is_packed && encoding != "gzip") {
    net::H2Reply reply =
        grpc_error(GrpcStatus::unimplemented, "a message may be packed with gzip, not otherwise");
    reply.headers.emplace_back("grpc-accept-encoding", encodings);
    return reply;
  }
  call.body.erase(0, prefix_bytes);
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
  reply.body = framed(telemetry::otlp::write_answer(verdict.partial));
  reply.trailers = {{"grpc-status", "0"}};
  return reply;
}

std::optional<core::Duration> grpc_timeout(const net::Call& call) {
  const std::string_view text = net::header(call.headers, "grpc-timeout");
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  std::int64_t amount = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size() - 1, amount);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() - 1 || amount < 0) return std::nullopt;
  switch (text.back()) {
    case 'H': return std::chrono::hours(amount);
    case 'M': return std::chrono::minutes(amount);
    case 'S': return std::chrono::seconds(amount);
    case 'm': return std::chrono::milliseconds(amount);
    case 'u': return std::chrono::microseconds(amount);
    case 'n': return std::chrono::nanoseconds(amount);
    default: return std::nullopt;
  }
}

}  // namespace outrider::sources::otlp
