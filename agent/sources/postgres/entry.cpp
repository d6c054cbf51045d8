#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/postgres_dsn.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/postgres/postgres_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::postgres {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

std::optional<config::Complaint> senseless(const Settings& settings) {
  if (const auto complaint = config::password_in_url(settings)) return complaint;
  return timeout_beyond_every(settings);
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Settings> settings =
      config::Object<Settings>()
          .required("dsn", &Settings::dsn, config::postgres_dsn(),
                    "how to connect, as libpq has it, without the password")
          .optional("password", &Settings::password, config::secret(),
                    "of its user; ~/.pgpass is read otherwise")
          .optional("every", &Settings::every, config::duration(1s, 1h), "how often it is asked")
          .optional("timeout", &Settings::timeout, config::duration(100ms, 1min),
                    "how long one statement may take; the server ends it then")
          .optional("statements", &Settings::statements, config::whole(0, 1000),
                    "so many of the dearest statements are shown, all others as one; 0: none")
          .optional("leave_free", &Settings::leave_free, config::whole(1, 1000),
                    "with fewer connections left for others, ours is given back and the server left alone "
                    "for a while")
          .optional("labels", &Settings::labels, labels_of_series(), labels_help)
          .rule(senseless);
  shelf.put(entry_of_servers("postgres", "PostgreSQL servers' metrics, under the names of postgres_exporter",
                             settings, make));
}

}  // namespace outrider::sources::postgres
