// PagerDuty, Events API v2.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <memory>
#include <string>

#include <boost/json/object.hpp>

namespace outrider::notifiers::pagerduty {

struct Settings {
  std::string name;
  config::Secret routing_key;
  std::string url = "https://events.pagerduty.com/v2/enqueue";
  core::Duration timeout = std::chrono::seconds(10);
};

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings);

// Without the routing key.
boost::json::object event_of(const Message& message);

}  // namespace outrider::notifiers::pagerduty
