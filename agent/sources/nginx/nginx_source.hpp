// An nginx's metrics, of its page stub_status, under the names of nginx-prometheus-exporter.
#pragma once

#include "agent/net/http.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/shelf.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::sources::nginx {

struct Settings : Asking {
  std::string url;
  std::optional<net::TlsTrust> tls;  // of an https URL; nothing: the system's authorities
};

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::nginx
