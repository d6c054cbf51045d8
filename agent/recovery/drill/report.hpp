// A drill's record for people.
#pragma once

#include "agent/recovery/drill/record.hpp"

#include <string>

namespace outrider::recovery {

// Several lines: the finding, what was restored, phases, witnesses, notes.
std::string show(const DrillRecord& record);

// The exit code of `outrider drill`: 0 proven, 2 disproved, 3 could not verify.
int exit_code_of(const DrillRecord& record);

}  // namespace outrider::recovery
