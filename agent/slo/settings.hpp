// The section `slo` of the configuration: what is promised of the service, each under a name.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/slo/burn.hpp"
#include "agent/tracing/requests.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::slo {

// Which requests count, as their spans show them: {services: […], operations: […]}, or `true` for all.
struct RequestSettings {
  std::vector<std::string> services{};  // empty: the agent's own
  std::vector<std::string> operations{};
};

struct ObjectiveSettings {
  std::string probe;                        // whose answers count; or
  std::optional<RequestSettings> requests;  // these
  double target = 99.9;
  core::Duration over = std::chrono::days(30);
  core::Duration faster_than{};
};

using Settings = std::vector<std::pair<std::string, ObjectiveSettings>>;  // by name

config::Kind<Settings> settings_kind();

// `every` is how often the probe is asked.
Objective objective_of(const std::string& name, const ObjectiveSettings& settings, core::Duration every);

// Which requests count for those objectives that count any, in their order.
std::vector<tracing::RequestRule> requests_of(const Settings& settings, const std::string& own_service);

}  // namespace outrider::slo
