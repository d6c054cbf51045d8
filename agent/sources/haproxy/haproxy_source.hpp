// An HAProxy's metrics, of its statistics over HTTP or its socket, under the names of its own exporter.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/net/http.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/shelf.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::sources::haproxy {

// One of `url` and `socket`.
struct Settings : Asking {
  std::string url;     // "http://host:port/stats;csv"
  std::string socket;  // "unix:/path", "host:port"
  std::string user;    // of the page
  config::Secret password;
  std::optional<net::TlsTrust> tls;  // of an https URL; nothing: the system's authorities

  const std::string& place() const { return url.empty() ? socket : url; }
};

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::haproxy
