// A PostgreSQL's metrics, under the names of postgres_exporter. Harmless by construction: one connection,
// each statement bounded by the server itself, read only, and let go of when the server runs short of
// connections.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/sources/shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace outrider::sources::postgres {

struct Settings {
  std::string dsn;
  config::Secret password;  // unset: as libpq finds it
  core::Duration every = std::chrono::seconds(15);
  core::Duration timeout = std::chrono::seconds(5);  // of one statement
  std::uint32_t statements = 20;  // that are shown for themselves; 0: pg_stat_statements is not asked
  std::uint32_t leave_free = 3;   // connections: with fewer left we give ours back
  telemetry::Labels labels;
};

// With the bounds that the server holds us to, in the start-up packet.
std::string bounded_dsn(const Settings& settings);

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::postgres
