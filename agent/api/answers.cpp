#include "agent/api/answers.hpp"

#include "agent/api/json.hpp"
#include "agent/core/text.hpp"

#include <boost/json/serialize.hpp>

namespace outrider::api {

int http_status(core::Errc code) {
  switch (code) {
    case core::Errc::invalid: return 400;
    case core::Errc::denied: return 403;
    case core::Errc::not_found: return 404;
    case core::Errc::busy:
    case core::Errc::refused: return 409;
    case core::Errc::unsupported: return 501;
    case core::Errc::exhausted:
    case core::Errc::unavailable: return 503;
    case core::Errc::timed_out: return 504;
    case core::Errc::corrupt:
    case core::Errc::distrusted:
    case core::Errc::internal: return 500;
  }
  return 500;
}

net::Response json_answer(int status, const boost::json::object& body) {
  const auto text = boost::json::serialize(body);
  return {status, {{"Content-Type", "application/json"}}, std::string(text) + "\n"};
}

net::Response text_answer(int status, std::string_view sentence) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, core::clean_utf8(sentence) + "\n"};
}

net::Response error_answer(int status, const core::Error& error) {
  boost::json::object body{{"schema", schema_version},
                           {"error", core::clean_utf8(error.what)},
                           {"code", core::name_of(error.code)}};
  if (!error.hint.empty()) body["hint"] = core::clean_utf8(error.hint);
  return json_answer(status, body);
}

void put_security_headers(net::Response& response, std::string_view content_security_policy) {
  const std::string_view nothing =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  const auto put = [&](const char* name, std::string_view value) {
    if (net::header(response.headers, name).empty()) response.headers.emplace_back(name, value);
  };
  put("Content-Security-Policy", content_security_policy.empty() ? nothing : content_security_policy);
  put("X-Content-Type-Options", "nosniff");
  put("X-Frame-Options", "DENY");
  put("Referrer-Policy", "no-referrer");
  put("Cross-Origin-Resource-Policy", "same-origin");
  put("Cache-Control", "no-store");
}

}  // namespace outrider::api
