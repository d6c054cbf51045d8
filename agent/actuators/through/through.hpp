// A service that outrider-actuator starts and stops for us: it has the rights, and a list of its own.
#pragma once

#include "agent/actuators/elsewhere.hpp"

#include <memory>
#include <string>

namespace outrider::actuators::through {

struct Settings {
  std::string name;
  std::string socket = "/run/outrider-actuator.sock";
  core::Duration every = std::chrono::seconds(2);
  core::Duration timeout = std::chrono::seconds(10);
  core::Duration job_timeout = std::chrono::seconds(110);
};

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings);

}  // namespace outrider::actuators::through
