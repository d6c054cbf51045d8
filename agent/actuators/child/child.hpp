// Runs the service as a child process, in a process group of its own.
#pragma once

#include "agent/actuators/shelf.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::actuators::child {

std::unique_ptr<Actuator> make_child(const Tools& tools, std::vector<std::string> argv,
                                     const Surroundings& surroundings);

}  // namespace outrider::actuators::child
