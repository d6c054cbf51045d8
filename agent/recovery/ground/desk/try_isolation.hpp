// Whether a server can be cut off from the network here: found out by starting something so.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/process.hpp"
#include "agent/recovery/ground/isolation.hpp"

#include <string>
#include <vector>

namespace outrider::recovery {

// `trial` is a command that ends well wherever the server could be started. `unsupported` when it must be cut
// off and cannot.
core::Task<core::Outcome<Isolation>> try_isolation(os::Processes& processes, core::Clock& clock,
                                                   std::vector<std::string> trial, NetworkCut wanted);

}  // namespace outrider::recovery
