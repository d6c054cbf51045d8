// The commands about people: who may do what, and who did.
#pragma once

#include "agent/cli/words/command_table.hpp"

#include <vector>

namespace outrider::cli {

std::vector<CommandEntry> about_people();

}  // namespace outrider::cli
