#include "agent/config/values/postgres_dsn.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/pgbouncer/pgbouncer_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::pgbouncer {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  const auto written =
      with_asking(config::Object<Settings>()
                      .required("dsn", &Settings::dsn, config::postgres_dsn(),
                                "how to connect to its console, as libpq has it, without the password")
                      .optional("password", &Settings::password, config::secret(),
                                "of its user; ~/.pgpass is read otherwise")
                      .rule(config::password_in_url<Settings>));
  shelf.put(entry_of_servers<Settings>(
      "pgbouncer", "PgBouncers' metrics, under the names of pgbouncer_exporter", written, make));
}

}  // namespace outrider::sources::pgbouncer
