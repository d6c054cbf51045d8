#include "agent/sinks/otlp/grpc/grpc_answer.hpp"

#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/net/h2/grpc.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/seal/digest.hpp"
#include "agent/sinks/otlp/otlp_sink.hpp"
#include "agent/telemetry/otlp/answer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace outrider::sinks::otlp {
namespace {

using net::GrpcStatus;

constexpr std::size_t most_shown = 200;

// RESOURCE_EXHAUSTED without RetryInfo is said of a request that is too large, and of a sender that is over
// its share. Only in the first case is it worth remembering how much was too much.
bool speaks_of_size(std::string_view why) {
  constexpr std::array<std::string_view, 4> words{"larger", "too large", "exceeds maximum", "too big"};
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return why.find(word) != std::string::npos; });
}

std::string hint_for(int status) {
  switch (static_cast<GrpcStatus>(status)) {
    case GrpcStatus::unauthenticated:
    case GrpcStatus::permission_denied: return "may this sender write there? See `headers` and `bearer`";
    case GrpcStatus::unimplemented:
      return "does anybody take OTLP over gRPC there, and gzip if that is on? It is usually port 4317";
    default: return "";
  }
}

// From grpc-status-details-bin, which may be padded or not.
std::optional<core::Duration> wish_in(const net::Headers& headers) {
  std::string text(net::header(headers, "grpc-status-details-bin"));
  if (text.empty()) return std::nullopt;
  while (text.size() % 4 != 0) text += '=';
  const auto details = seal::decode(text, seal::Letters::base64);
  return details ? telemetry::otlp::read_retry_info(*details) : std::nullopt;
}

Posted no_grpc(const net::Response& answer, core::WallTime now) {
  const std::string said = answer.status == 200 ? "it answered without a gRPC status"
                                                : fmt::format("it answered HTTP {}, not gRPC", answer.status);
  const Meaning meaning = answer.status / 100 == 2 ? Meaning::held : meaning_of(answer.status);
  const bool is_busy = meaning == Meaning::again;
  return {meaning,
          said,
          {is_busy ? core::Errc::busy : core::Errc::refused, said,
           is_busy ? "" : "does anybody take OTLP over gRPC there? It is usually port 4317"},
          net::retry_after(answer.headers, now)};
}

}  // namespace

Meaning meaning_of_grpc(int status, bool wants_us_back, std::string_view why) {
  switch (static_cast<GrpcStatus>(status)) {
    case GrpcStatus::ok: return Meaning::taken;
    case GrpcStatus::cancelled:
    case GrpcStatus::deadline_exceeded:
    case GrpcStatus::aborted:
    case GrpcStatus::out_of_range:
    case GrpcStatus::unavailable:
    case GrpcStatus::data_loss: return Meaning::again;
    case GrpcStatus::resource_exhausted:
      if (wants_us_back) return Meaning::again;
      return speaks_of_size(why) ? Meaning::too_large : Meaning::bad;
    case GrpcStatus::unauthenticated:
    case GrpcStatus::permission_denied:
    case GrpcStatus::unimplemented: return Meaning::held;
    default: return Meaning::bad;
  }
}

Posted posted_over_grpc(const net::Response& answer, core::WallTime now) {
  const auto status = core::read_number<int>(net::header(answer.headers, "grpc-status"));
  if (!status || *status < 0 || *status > 255) return no_grpc(answer, now);
  const std::string why = net::read_grpc_text(net::header(answer.headers, "grpc-message"));
  const auto wish = wish_in(answer.headers);
  const Meaning meaning = meaning_of_grpc(*status, wish.has_value(), why);
  if (meaning == Meaning::taken) return {};
  const std::string words = core::without_controls(core::clean_utf8(why.substr(0, most_shown)));
  const std::string said = "it answered " + net::name_of_grpc(*status) + (words.empty() ? "" : ": " + words);
  const bool is_busy = meaning == Meaning::again;
  return {meaning, said, {is_busy ? core::Errc::busy : core::Errc::refused, said, hint_for(*status)}, wish};
}

}  // namespace outrider::sinks::otlp
