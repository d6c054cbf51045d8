// Asks a Redis (or Valkey) whether it answers, which role it has, and how far its replication is behind.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/probes/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace outrider::probes::redis {

enum class Role { any, primary, replica };

struct Settings {
  std::string address;
  std::string user;
  config::Secret password;
  std::optional<net::TlsTrust> tls;  // nothing: plain
  Role role = Role::any;
  std::optional<core::Duration> most_lag;
  std::uint32_t least_replicas = 0;
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::redis
