#include "agent/sinks/http/answer.hpp"

#include "agent/sinks/posting_sink.hpp"

#include <string_view>

#include <fmt/format.h>

namespace outrider::sinks::http {
namespace {

using core::Errc;

std::string hint_for(int status, const net::Response& response) {
  switch (status) {
    case 401: return "are `user` and `password`, or `bearer`, right?";
    case 403: return "may this sender write there?";
    case 404:
    case 410: return "is the path of `url` right?";
    case 405: return "try another `method`";
    case 415: return "does it take application/x-ndjson, and gzip if that is on? Say otherwise in `headers`";
    default: break;
  }
  if (status < 300 || status >= 400) return "";
  const std::string_view target = net::header(response.headers, "location");
  return target.empty() ? "" : fmt::format("it is elsewhere: {}; put that into `url`", target);
}

}  // namespace

Meaning meaning_of(int status) {
  if (status >= 200 && status < 300) return Meaning::taken;
  if (status >= 500) return Meaning::again;
  switch (status) {
    case 400:
    case 422: return Meaning::bad;
    case 408:
    case 425:
    case 429: return Meaning::again;
    case 413: return Meaning::too_large;
    default: return Meaning::held;
  }
}

std::string shown(const net::Response& response) { return shown_answer(response.status, response.body); }

core::Error error_of(const net::Response& response) {
  const bool is_busy = meaning_of(response.status) == Meaning::again;
  return {is_busy ? Errc::busy : Errc::refused, shown(response), hint_for(response.status, response)};
}

}  // namespace outrider::sinks::http
