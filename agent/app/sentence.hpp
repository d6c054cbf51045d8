// The one sentence that the status page begins with, and the two judgements beside it. Pure.
#pragma once

#include "agent/core/status.hpp"

#include <string>

namespace outrider::app {

// Empty when the agent is ready: it runs, and both rivers turn.
std::string why_not_ready(const core::Status& status, bool begun, bool stopping);

// Of the service and of what surrounds it: sick when the service is, or cannot be kept up; unknown is never
// healthy.
core::State overall_state(const core::Status& status);

// "tests-api is healthy; 2 of 2 probes ok; budget 5 of 5 restarts left"
std::string verdict_sentence(const core::Status& status);

}  // namespace outrider::app
