// What was seen of a service, as text: between outrider-actuator, which may look, and who asked it to.
#pragma once

#include "agent/actuators/elsewhere.hpp"

#include <string>
#include <string_view>

namespace outrider::actuators {

std::string write_seen(const Seen& seen);
core::Outcome<Seen> read_seen(std::string_view text);

}  // namespace outrider::actuators
