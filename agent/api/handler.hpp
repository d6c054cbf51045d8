// The agent's own HTTP interface: it shows snapshots and posts commands, and decides nothing.
//   GET  /  /badge.svg  /livez  /readyz  /api/v1  /api/v1/status  /api/v1/timeline?after=N&wait=30s
//   POST /api/v1/restart  /api/v1/reload      {"reason": "…", "even_without_budget": false}
//   and the taps: tap.hpp, the incidents: incidents.hpp, the alerts: alerts.hpp
// Who may do what is in rights/. Reading is open to whoever reaches the listener, where nothing else is
// configured. Writing needs somebody who is known (local socket, verified client certificate, token) and has
// the right to it, a reason, and a request that no foreign web page can make (JSON, same origin, known host).
// Who is refused is audited.
#pragma once

#include "agent/api/rights/people.hpp"
#include "agent/core/commands.hpp"
#include "agent/net/http.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Registry;
}

namespace outrider::api {

// The status page and the badge come from elsewhere (agent/ui); api only serves them.
struct Pages {
  std::function<std::string(const core::Status&)> page;
  std::function<std::string(const core::Status&)> badge;
  std::string content_security_policy;                         // of the page
  std::function<std::string(std::string_view json)> incident;  // of its JSON
  std::string incident_policy;                                 // of that page
};

struct Options {
  Pages pages;                     // empty functions: 404 with a sentence
  std::vector<std::string> hosts;  // names a write over TLS may be addressed to, beside IP addresses and
                                   // localhost; empty: any, the certificate's name having been checked
  Rights rights;
};

// Serves every listener of the API; must be called on the river where `commands` lives, which it outlives
// not.
net::Handler make_handler(core::Commands& commands, prometheus::Registry& registry, const core::Clock& clock,
                          Options options);

}  // namespace outrider::api
