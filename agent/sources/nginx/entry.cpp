#include "agent/config/tls_trust.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/nginx/nginx_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::nginx {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  const auto written =
      with_asking<Settings>(config::Object<Settings>()
                                .required("url", &Settings::url, http_place(),
                                          "where it shows stub_status; also unix:/socket:/path")
                                .optional("tls", &Settings::tls, config::tls_trust<net::TlsTrust>(),
                                          "how to trust an https server, and who to be")
                                .rule(tls_for_nothing<Settings>));
  shelf.put(entry_of_servers<Settings>(
      "nginx", "nginx servers' metrics (stub_status), as nginx-prometheus-exporter has them",
      place_or(http_place(), &Settings::url, written), make));
}

}  // namespace outrider::sources::nginx
