// The commands about logs: as they go by, and what of them waits.
#pragma once

#include "agent/cli/words/command_table.hpp"

namespace outrider::cli {

std::vector<CommandEntry> about_logs();

}  // namespace outrider::cli
