// `outrider setup elasticsearch`: what the configured sinks need on the other side.
#pragma once

#include "agent/cli/actions.hpp"

namespace outrider::app {

void add_setup_action(cli::Actions& actions);

}  // namespace outrider::app
