// A PgBouncer's metrics, of its console, under the names of pgbouncer_exporter.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/shelf.hpp"

#include <memory>
#include <string>

namespace outrider::sources::pgbouncer {

struct Settings : Asking {
  std::string dsn;
  config::Secret password;  // unset: as libpq finds it
};

// That leads to the console, with the password.
std::string console_dsn(const Settings& settings);

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::pgbouncer
