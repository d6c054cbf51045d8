#include "agent/notifiers/answer.hpp"

#include "agent/core/text.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/retry_after.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::notifiers {
namespace {

constexpr std::uint64_t most_answer_bytes = 64 * 1024;

std::string hint_for(int status) {
  switch (status) {
    case 401:
    case 403: return "is the secret right, and may it write there?";
    case 404:
    case 410: return "is the address right? A webhook that was revoked answers like this";
    default: return status >= 300 && status < 400 ? "it is elsewhere: give its new address" : "";
  }
}

}  // namespace

net::Request post_of(std::string url, std::string body) {
  net::Request request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  request.body = std::move(body);
  request.most_body_bytes = most_answer_bytes;
  return request;
}

std::string harmless(std::string_view said, std::size_t most) {
  const std::string clean = core::without_controls(core::clean_utf8(said.substr(0, most)));
  const std::size_t from = clean.find_first_not_of(' ');
  return from == std::string::npos ? std::string() : clean.substr(from);
}

std::string shown(const net::Response& response) {
  const std::string said = harmless(response.body);
  return fmt::format("it answered {}{}{}", response.status, said.empty() ? "" : ": ", said);
}

Hope hope_of(int status) {
  if (status >= 500 || status == 408 || status == 425 || status == 429) return Hope::again;
  if (status == 400 || status == 413 || status == 422) return Hope::never;
  return Hope::mend;
}

Trouble trouble_of(std::string_view target, const net::Response& response, core::WallTime now) {
  const Hope hope = hope_of(response.status);
  const core::Errc code = hope == Hope::again ? core::Errc::busy : core::Errc::refused;
  Trouble trouble{
      {code, fmt::format("cannot tell {}: {}", target, shown(response)), hint_for(response.status)},
      hope,
      net::retry_after(response.headers, now)};
  if (trouble.wait) trouble.error.hint = "it asks to be left alone for " + core::show_duration(*trouble.wait);
  return trouble;
}

Trouble trouble_of(std::string_view target, const core::Error& error) {
  const bool is_ours = error.code == core::Errc::distrusted || error.code == core::Errc::invalid;
  return {error.during(fmt::format("cannot tell {}", target)), is_ours ? Hope::mend : Hope::again,
          std::nullopt};
}

std::string host_of(std::string_view url) {
  const auto parts = net::read_url(url);
  return parts ? parts->endpoint.text() : "an address that cannot be read";
}

}  // namespace outrider::notifiers
