// Asks a PostgreSQL whether it answers, which role it has, and how far its replication is behind.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/probes/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::probes::postgres {

enum class Role { any, primary, standby };

struct Settings {
  std::string dsn;
  config::Secret password;
  Role role = Role::any;
  std::optional<core::Duration> most_lag;
  std::uint32_t least_standbys = 0;
  std::string true_when;  // a statement whose first value must be true; empty: none
};

// What a failed connection says of whom: a server that is starting up is in trouble, one that will not let us
// in is not. libpq gives no code, so it is read from the text; what is not known is held against the server.
core::Standing standing_of_refusal(const core::Error& error);

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::postgres
