#include "agent/net/h2/grpc.hpp"

#include "agent/core/words/percent.hpp"
#include "agent/net/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace outrider::net {
namespace {

constexpr std::size_t prefix_bytes = 5;

}  // namespace

std::string name_of_grpc(int status) {
  constexpr std::array names{
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const bool is_known = status >= 0 && static_cast<std::size_t>(status) < names.size();
  return is_known ? names[static_cast<std::size_t>(status)] : fmt::format("status {}", status);
}

std::string grpc_prefix(std::size_t message_bytes, bool is_packed) {
  std::string out(1, is_packed ? '\1' : '\0');
  const auto length = static_cast<std::uint32_t>(message_bytes);
  for (const unsigned shift : {24u, 16u, 8u, 0u}) out.push_back(static_cast<char>(length >> shift & 0xff));
  return out;
}

std::optional<GrpcMessage> read_grpc_message(std::string_view body) {
  if (body.size() < prefix_bytes) return std::nullopt;
  std::uint32_t length = 0;
  for (const char byte : body.substr(1, 4)) length = length << 8 | static_cast<unsigned char>(byte);
  if (length != body.size() - prefix_bytes) return std::nullopt;
  return GrpcMessage{body.substr(prefix_bytes), body.front() != '\0'};
}

std::string grpc_timeout(core::Duration limit) {
  constexpr std::int64_t most = 99'999'999;  // eight digits
  const auto milliseconds = std::max<std::int64_t>(1, limit / std::chrono::milliseconds(1));
  return fmt::format("{}m", std::min(milliseconds, most));
}

std::optional<core::Duration> read_grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const char* const end = text.data() + text.size() - 1;
  std::int64_t amount = 0;
  const auto read = std::from_chars(text.data(), end, amount);
  if (read.ec != std::errc() || read.ptr != end || amount < 0) return std::nullopt;
  switch (text.back()) {
    case 'H': {
      // What would not fit into a Duration is longer than anybody waits.
      constexpr std::int64_t most_hours = 1'000'000;
      return std::chrono::hours(std::min(amount, most_hours));
    }
    case 'M': return std::chrono::minutes(amount);
    case 'S': return std::chrono::seconds(amount);
    case 'm': return std::chrono::milliseconds(amount);
    case 'u': return std::chrono::microseconds(amount);
    case 'n': return std::chrono::nanoseconds(amount);
    default: return std::nullopt;
  }
}

std::string grpc_text(std::string_view text) {
  return core::percent_encoded(text, [](char byte) { return byte >= ' ' && byte <= '~' && byte != '%'; });
}

std::string read_grpc_text(std::string_view text) {
  std::string plain;
  return percent_decode(text, plain) ? plain : std::string(text);
}

}  // namespace outrider::net
