#include "agent/config/tls_trust.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/haproxy/haproxy_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::haproxy {

void enter(Shelf& shelf);

namespace {

std::optional<config::Complaint> senseless(const Settings& settings) {
  if (settings.url.empty() == settings.socket.empty()) {
    return config::Complaint{"url", "give one of `url` and `socket`: either is enough"};
  }
  const bool has_login = !settings.user.empty() || settings.password.is_set();
  if (!settings.socket.empty() && (has_login || settings.tls)) {
    return config::Complaint{"socket", "`user`, `password` and `tls` are for a page: they belong to `url`"};
  }
  if (settings.user.empty() == settings.password.is_set()) {
    return config::Complaint{settings.user.empty() ? "password" : "user",
                             "`user` and `password` belong together"};
  }
  return settings.socket.empty() ? tls_for_nothing(settings) : std::nullopt;
}

}  // namespace

void enter(Shelf& shelf) {
  const auto written = with_asking(
      config::Object<Settings>()
          .optional("url", &Settings::url, http_place(), "its page of statistics, which ends in ;csv")
          .optional("socket", &Settings::socket, config::endpoint(),
                    "its stats socket: unix:/path or host:port")
          .optional("user", &Settings::user, config::text(), "who we are to the page")
          .optional("password", &Settings::password, config::secret(), "its password")
          .optional("tls", &Settings::tls, config::tls_trust<net::TlsTrust>(),
                    "how to trust an https server, and who to be")
          .rule(senseless));
  shelf.put(entry_of_servers<Settings>("haproxy", "HAProxys' metrics, under the names of its own exporter",
                                       written, make));
}

}  // namespace outrider::sources::haproxy
