// What the command line does about recovery without a running agent.
#pragma once

#include "agent/cli/actions.hpp"

namespace outrider::app {

// Fills the actions `drill`, `fetch_wal`, `setup_postgres` and `apply_setup`.
void add_recovery_actions(cli::Actions& actions);

}  // namespace outrider::app
