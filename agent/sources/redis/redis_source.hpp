// A Redis' or a Valkey's metrics, of INFO, under the names of redis_exporter.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/net/http.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/shelf.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::sources::redis {

struct Settings : Asking {
  std::string address;  // "host:port", "unix:/path"
  std::string user;     // empty: the default user
  config::Secret password;
  std::optional<net::TlsTrust> tls;  // nothing: plain
};

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::redis
