// Whether the agent itself is ready. What is thought of the service stands in core/concerns.hpp. Pure.
#pragma once

#include "agent/core/status.hpp"

#include <string>

namespace outrider::app {

// Empty when the agent is ready: it runs, and both rivers turn.
std::string why_not_ready(const core::Status& status, bool begun, bool stopping);

}  // namespace outrider::app
