// The checks of the gate, one by one. Used by pass_gate() alone.
#pragma once

#include "agent/recovery/gate/gate.hpp"

#include <optional>
#include <vector>

namespace outrider::recovery {

CheckResult run_check(Check check, const Snapshot& snapshot, core::WallTime now);
// What is required beyond the objectives. `check` says whose age is meant: a backup's or the last proof's.
CheckResult run_requirement(const Requirement& requirement, Check check, const Snapshot& snapshot,
                            core::WallTime now);
CheckResult run_what_if(std::uint64_t bytes, const Snapshot& snapshot, Forecast& forecast);

// Takes the worst of the details as its own severity and sentence.
void conclude(CheckResult& result);

}  // namespace outrider::recovery
