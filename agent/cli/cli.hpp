// The command line: run validate check status timeline restart reload audit schema doctor completion.
// It holds no logic of the agent: it parses, asks through Actions or over the agent's socket, and shows.
#pragma once

#include "agent/cli/actions.hpp"
#include "agent/cli/terminal.hpp"

namespace outrider::cli {

// The whole command. Gives the exit code; see exit_code.hpp.
int run(int argc, const char* const* argv, const Actions& actions, Terminal& terminal);

}  // namespace outrider::cli
