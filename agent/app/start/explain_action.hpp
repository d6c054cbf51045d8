// `outrider explain`: the very chain that a log source feeds, one line at a time, with what each step says.
#pragma once

#include "agent/cli/actions.hpp"

namespace outrider::app {

core::Outcome<> explain(const cli::ExplainOptions& options, const cli::TellLine& tell);

}  // namespace outrider::app
