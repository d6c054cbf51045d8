// Opsgenie's Alert API (also that of Jira Service Management).
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace outrider::notifiers::opsgenie {

struct Settings {
  std::string name;
  config::Secret key;
  std::string url = "https://api.opsgenie.com";
  std::vector<std::string> tags;
  core::Duration timeout = std::chrono::seconds(10);
};

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings);

// Of a new alert.
boost::json::object alert_of(const Message& message, const std::vector<std::string>& tags);

}  // namespace outrider::notifiers::opsgenie
