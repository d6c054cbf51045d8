// How answers are put together: JSON or text, the headers that keep a browser from doing harm with them, and
// the HTTP status that each kind of Error becomes.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace outrider::api {

// Kept apart from core::Errc: a 405 or a 413 is about HTTP, not about the agent.
int http_status(core::Errc code);

net::Response json_answer(int status, const boost::json::object& body);
net::Response text_answer(int status, std::string_view sentence);
net::Response error_answer(int status, const core::Error& error);
inline net::Response error_answer(const core::Error& error) {
  return error_answer(http_status(error.code), error);
}

// For every answer. `content_security_policy` is for pages; empty: nothing may be loaded or run.
void put_security_headers(net::Response& response, std::string_view content_security_policy);

}  // namespace outrider::api
