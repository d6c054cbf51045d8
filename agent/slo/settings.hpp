// The section `slo` of the configuration: what is promised of the service, each under a name.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/slo/burn.hpp"

#include <string>
#include <utility>
#include <vector>

namespace outrider::slo {

struct ObjectiveSettings {
  std::string probe;  // whose answers count
  double target = 99.9;
  core::Duration over = std::chrono::days(30);
  core::Duration faster_than{};
};

using Settings = std::vector<std::pair<std::string, ObjectiveSettings>>;  // by name

config::Kind<Settings> settings_kind();

// `every` is how often the probe is asked.
Objective objective_of(const std::string& name, const ObjectiveSettings& settings, core::Duration every);

}  // namespace outrider::slo
