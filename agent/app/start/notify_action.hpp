#pragma once

#include "agent/cli/actions.hpp"

namespace outrider::app {

void add_notify_action(cli::Actions& actions);

}  // namespace outrider::app
