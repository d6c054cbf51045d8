#include "agent/sinks/otlp/grpc/grpc_client.hpp"

#include "agent/net/h2/grpc.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace outrider::sinks::otlp {
namespace {

constexpr std::string_view default_port = ":4317";
constexpr std::string_view with_tls = "grpcs:";
constexpr std::size_t most_answer_bytes = 1u << 20;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// Over TLS whether or not anything is said about trust.
std::optional<net::TlsTrust> trust_of(std::string_view url, std::optional<net::TlsTrust> tls) {
  if (!url.starts_with(with_tls)) return std::nullopt;
  return tls ? std::move(tls) : net::TlsTrust();
}

}  // namespace

bool is_grpc(std::string_view url) { return url.starts_with("grpc:") || url.starts_with(with_tls); }

std::string grpc_address(std::string_view url) {
  std::string address(url.substr(std::min(url.find("//") + 2, url.size())));
  const std::size_t behind_brackets = address.find(']');
  const std::size_t from = behind_brackets == std::string::npos ? 0 : behind_brackets;
  if (address.find(':', from) == std::string::npos) address += default_port;
  return address;
}

bool is_grpcs_own(std::string_view header) {
  constexpr std::array<std::string_view, 9> taken{"te",         "host",         "connection",
                                                  "keep-alive", "content-type", "content-encoding",
                                                  "user-agent", "upgrade",      "transfer-encoding"};
  const std::string name = lower_case(std::string(header));
  return name.starts_with("grpc-") || std::ranges::find(taken, name) != taken.end();
}

GrpcClient::GrpcClient(core::Clock& clock, net::StreamClient& streams, const std::string& url,
                       std::optional<net::TlsTrust> tls, std::string_view method)
    : scheme_(url.starts_with(with_tls) ? "https" : "http"),
      address_(grpc_address(url)),
      method_(method),
      client_(clock, streams, address_, trust_of(url, std::move(tls))) {}

core::Task<core::Outcome<net::Response>> GrpcClient::ask(net::Request request, core::Duration limit) {
  const net::H2Call call = call_of(std::move(request), limit);
  auto calling = client_.call(call, most_answer_bytes, limit);
  core::Outcome<net::H2Answer> answer = co_await std::move(calling);
  if (!answer) {
    core::Error error = std::move(answer.error());
    if (error.code == core::Errc::corrupt)
      error.hint = "does anybody take OTLP over gRPC there? It is usually port 4317";
    co_return core::fail(std::move(error));
  }
  net::Response response;
  response.status = answer->status;
  response.headers = std::move(answer->headers);
  const auto message = net::read_grpc_message(answer->body);
  if (message && !message->is_packed) response.body = message->bytes;
  co_return response;
}

net::H2Call GrpcClient::call_of(net::Request request, core::Duration limit) const {
  net::H2Call call;
  call.scheme = scheme_;
  call.authority = address_;
  call.path = method_;
  call.headers = {{"te", "trailers"}, {"user-agent", "outrider"}, {"grpc-timeout", net::grpc_timeout(limit)}};
  bool is_packed = false;
  for (auto& [name, value] : request.headers) {
    std::string key = lower_case(std::move(name));
    if (key == "content-encoding") {
      key = "grpc-encoding";
      is_packed = true;
    }
    call.headers.emplace_back(std::move(key), std::move(value));
  }
  call.prefix = net::grpc_prefix(request.body.size(), is_packed);
  call.body = std::move(request.body);
  return call;
}

}  // namespace outrider::sinks::otlp
