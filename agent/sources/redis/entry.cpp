#include "agent/config/tls_trust.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/redis/redis_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::redis {

void enter(Shelf& shelf);

namespace {

std::optional<config::Complaint> senseless(const Settings& settings) {
  if (settings.user.empty() || settings.password.is_set()) return std::nullopt;
  return config::Complaint{"user", "`user` needs a `password`"};
}

}  // namespace

void enter(Shelf& shelf) {
  const auto written =
      with_asking(config::Object<Settings>()
                      .required("address", &Settings::address, config::endpoint(), "host:port or unix:/path")
                      .optional("user", &Settings::user, config::text(),
                                "of its access control list; the default user when left out")
                      .optional("password", &Settings::password, config::secret(), "for AUTH")
                      .optional("tls", &Settings::tls, config::tls_trust<net::TlsTrust>(),
                                "ask over TLS, and how to trust it; {} is enough")
                      .rule(senseless));
  shelf.put(entry_of_servers<Settings>("redis",
                                       "Redis and Valkey servers' metrics, under the names of redis_exporter",
                                       place_or(config::endpoint(), &Settings::address, written), make));
}

}  // namespace outrider::sources::redis
