// What in a status needs a person's eye, and how badly: the list under the verdict on the page and in the
// terminal, and the exit code of `outrider status`. Pure.
#pragma once

#include "agent/core/status.hpp"

#include <string>
#include <vector>

namespace outrider::core {

enum class Severity { fine, warning, unknown, critical };

struct Concern {
  Severity severity = Severity::warning;
  std::string sentence;
  std::string next;  // what to do or where to look; may be empty
};

// The worst first.
std::vector<Concern> concerns_of(const Status& status);

// The verdict and the concerns in one word. Never `fine` while anything is unknown or worrying.
Severity severity_of(const Status& status);

std::string_view name_of(Severity severity);

// The status' own sentence, or one that says that nothing is known yet.
std::string verdict_of(const Status& status);

}  // namespace outrider::core
