// Alertmanager's API v2: routing, grouping and silences of a whole platform stay in one place.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::notifiers::alertmanager {

struct Settings {
  std::string name;
  std::vector<std::string> urls;  // each of a cluster's members must hear of it
  std::vector<std::pair<std::string, config::Secret>> headers;
  core::Duration lasts = std::chrono::minutes(5);
  core::Duration timeout = std::chrono::seconds(10);
  std::optional<net::TlsTrust> tls;
};

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings);

std::string body_of(const Message& message, core::Duration lasts, core::WallTime now);

}  // namespace outrider::notifiers::alertmanager
