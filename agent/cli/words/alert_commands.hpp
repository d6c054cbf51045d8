// The commands about alerts.
#pragma once

#include "agent/cli/words/command_table.hpp"

namespace outrider::cli {

std::vector<CommandEntry> about_alerts();

}  // namespace outrider::cli
