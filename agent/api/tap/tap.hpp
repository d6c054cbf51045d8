// The taps over HTTP. Who looks at the logs must be known, and have the right to (rights/role.hpp).
//   GET  /api/v1/tap                                                   where one can look
//   POST /api/v1/tap/open   {"points": ["parked"], "match": "…", "where": "log.level=error"}
//   POST /api/v1/tap/next   {"tap": 4711, "after": 0, "wait": "5s"}    one JSON object a line; the last says
//                                                                      {"last": N, "unseen": N}
//   POST /api/v1/tap/end    {"tap": 4711}
#pragma once

#include "agent/core/commands.hpp"
#include "agent/net/http.hpp"

#include <string>

namespace outrider::api {

core::Task<net::Response> tap_points(core::Commands& commands);
core::Task<net::Response> open_tap(core::Commands& commands, std::string who, const net::Call& call);
core::Task<net::Response> next_of_tap(core::Commands& commands, const net::Call& call);
core::Task<net::Response> end_tap(core::Commands& commands, const net::Call& call);

}  // namespace outrider::api
