// The one judge of a status: every face shows what it says. The state and the sentence of the API, the
// verdict of the page and the badge, the list under it, and the exit code of `outrider status`. Pure.
#pragma once

#include "agent/core/severity.hpp"
#include "agent/core/status.hpp"

#include <string>
#include <vector>

namespace outrider::core {

// The worst first.
std::vector<Concern> concerns_of(const Status& status);

// Of the service and of what surrounds it: sick when the service is, or cannot be kept up; unknown is never
// healthy.
State overall_state(const Status& status);

// The state and the concerns in one word. Never `fine` while anything is unknown or worrying.
Severity severity_of(const Status& status);

std::string_view name_of(Severity severity);

// "tests-api is healthy; 2 of 2 probes ok; budget 5 of 5 restarts left"
std::string verdict_sentence(const Status& status);

// The status' own sentence, or one that says that nothing is known yet.
std::string verdict_of(const Status& status);

}  // namespace outrider::core
