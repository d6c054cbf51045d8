// Bundles of evidence and signed answers, made and verified from the command line.
#pragma once

#include "agent/cli/actions.hpp"

namespace outrider::app {

// Fills the actions `make_evidence`, `show_key`, `verify_evidence` and `verify_answer`.
void add_evidence_actions(cli::Actions& actions, const std::string& version);

}  // namespace outrider::app
