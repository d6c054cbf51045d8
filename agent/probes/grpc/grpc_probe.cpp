#include "agent/probes/grpc/grpc_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/number.hpp"
#include "agent/net/h2/call.hpp"
#include "agent/net/h2/grpc.hpp"
#include "agent/probes/trouble.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::probes::grpc {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;
using core::Standing;

constexpr std::size_t most_answer_bytes = 64UL * 1024;
constexpr std::size_t frame_head_bytes = 5;  // packed or not, and four bytes of length

// What protobuf calls a varint; moves on behind it.
std::optional<std::uint64_t> take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

void put_number(std::string& bytes, std::uint64_t number) {
  while (number >= 0x80) {
    bytes += static_cast<char>((number & 0x7F) | 0x80);
    number >>= 7;
  }
  bytes += static_cast<char>(number);
}

// A server that cannot be asked in this way, or not by us, is no sick server.
bool is_about_us(int status) {
  constexpr int permission_denied = 7, unimplemented = 12, unauthenticated = 16;
  return status == permission_denied || status == unimplemented || status == unauthenticated;
}

class GrpcProbe final : public Probe {
 public:
  GrpcProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {
    if (settings_.authority.empty()) {
      settings_.authority = settings_.address.starts_with("unix:") ? "localhost" : settings_.address;
    }
  }

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    core::Task<Outcome<net::H2Answer>> asking = call(limit);
    std::string doing = "the answer of " + settings_.address;
    const Outcome<net::H2Answer> told =
        co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(asking));
    const core::Duration took = tools_.clock.now() - started;
    if (!told) co_return answer_from(told.error(), took);
    core::Answer answer = weigh(*told);
    answer.took = took;
    co_return answer;
  }

  std::string target() const override {
    return settings_.service.empty() ? settings_.address : settings_.address + " " + settings_.service;
  }

 private:
  core::Task<Outcome<net::H2Answer>> call(core::Duration limit) {
    std::optional<net::TlsTrust> trust = settings_.tls;
    if (trust) trust->wants_http2 = true;
    const auto stream = co_await tools_.streams.connect(settings_.address, std::move(trust), limit);
    if (!stream) co_return fail(stream.error());
    net::H2Call call;
    if (settings_.tls) call.scheme = "https";
    call.authority = settings_.authority;
    call.path = "/grpc.health.v1.Health/Check";
    call.headers = {{"content-type", "application/grpc"},
                    {"te", "trailers"},
                    {"user-agent", "outrider"},
                    {"grpc-timeout", net::grpc_timeout(limit)}};
    call.body = health_question(settings_.service);
    Outcome<net::H2Answer> answer =
        co_await net::call_h2(**stream, std::move(call), most_answer_bytes, limit);
    // It says too much: that is a fact about it.
    if (!answer && answer.error().code == Errc::exhausted) co_return fail(Errc::corrupt, answer.error().what);
    co_return answer;
  }

  core::Answer weigh(const net::H2Answer& told) const {
    if (told.status != 200)
      return {Standing::not_ok, fmt::format("HTTP {} instead of gRPC", told.status), {}};
    const auto status = core::read_number<int>(net::header(told.headers, "grpc-status"));
    if (!status) return {Standing::not_ok, "it gives no gRPC status", {}};
    if (*status != 0) {
      const std::string said = first_line(net::header(told.headers, "grpc-message"), 120);
      return {is_about_us(*status) ? Standing::unknown : Standing::not_ok,
              net::name_of_grpc(*status) + (said.empty() ? "" : ": " + said),
              {}};
    }
    const std::string whose = settings_.service.empty() ? "the server" : settings_.service;
    switch (read_serving(told.body).value_or(Serving::unknown)) {
      case Serving::serving: return {Standing::ok, "SERVING", {}};
      case Serving::not_serving: return {Standing::not_ok, whose + " is NOT_SERVING", {}};
      case Serving::service_unknown: return {Standing::not_ok, whose + " is SERVICE_UNKNOWN there", {}};
      case Serving::unknown: break;
    }
    return {Standing::not_ok, "it does not say whether " + whose + " is serving", {}};
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

std::string health_question(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += '\x0A';  // field 1, a text
    put_number(message, service.size());
    message += service;
  }
  return net::grpc_prefix(message.size(), false) + message;
}

std::optional<Serving> read_serving(std::string_view frame) {
  if (frame.size() < frame_head_bytes || frame.front() != '\0') return std::nullopt;
  std::uint32_t size = 0;
  for (std::size_t at = 1; at < frame_head_bytes; ++at)
    size = size << 8 | static_cast<unsigned char>(frame[at]);
  frame.remove_prefix(frame_head_bytes);
  if (frame.size() < size) return std::nullopt;
  frame = frame.substr(0, size);
  Serving serving = Serving::unknown;
  while (!frame.empty()) {
    const auto key = take_number(frame);
    constexpr std::uint64_t status_field = 1U << 3;  // a number
    if (key != status_field) return std::nullopt;
    const auto value = take_number(frame);
    if (!value || *value > 3) return std::nullopt;
    serving = static_cast<Serving>(*value);
  }
  return serving;
}

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<GrpcProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::grpc
