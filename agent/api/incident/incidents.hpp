// Incidents over the API: the list, one of them as JSON or as a page.
//   GET /api/v1/incidents   /api/v1/incidents/{id}   /incidents/{id}
#pragma once

#include "agent/api/handler.hpp"
#include "agent/core/commands.hpp"
#include "agent/net/http.hpp"

#include <string_view>

namespace outrider::api {

// How a route is called whose last part is an incident's id; the path itself where it is no such route.
std::string_view incident_route(std::string_view path);

core::Task<net::Response> show_incident(core::Commands& commands, const net::Call& call, bool with_words);

core::Task<net::Response> show_incident_page(core::Commands& commands, const net::Call& call,
                                             const Pages& pages, bool with_words);

}  // namespace outrider::api
