// What the command line can only do with the whole house behind it.
#pragma once

#include "agent/cli/actions.hpp"

#include <string>

namespace outrider::app {

cli::Actions make_actions(std::string version);

}  // namespace outrider::app
