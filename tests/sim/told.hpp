// What must hold of what people were told.
#pragma once

#include "tests/sim/sim_world.hpp"

#include <string>
#include <vector>

namespace outrider::sim {

// At the end, when all is well: promises that were broken, each a sentence.
std::vector<std::string> told_amiss(const std::vector<Told>& told, const core::AlertsStatus& now);

}  // namespace outrider::sim
