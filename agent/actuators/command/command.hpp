// Starts, stops and asks after a service by commands of the user's own.
#pragma once

#include "agent/actuators/elsewhere.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::actuators::command {

using Argv = std::vector<std::string>;

struct Settings {
  Argv start;
  Argv stop;
  Argv status;
  Argv restart;  // empty: stop, then start
  Argv kill;     // empty: it cannot be killed
  core::Duration every = std::chrono::seconds(5);
  core::Duration timeout = std::chrono::seconds(20);
};

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings, const Surroundings& surroundings);

}  // namespace outrider::actuators::command
