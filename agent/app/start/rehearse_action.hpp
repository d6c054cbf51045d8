#pragma once

#include "agent/core/outcome.hpp"
#include "agent/pipeline/rehearsal/rehearsed.hpp"

#include <string>
#include <vector>

namespace outrider::app {

// A file of tests, run. `invalid`, with the whole report, when it or what it names cannot be used.
core::Outcome<std::vector<pipeline::Rehearsed>> rehearse(const std::string& path);

}  // namespace outrider::app
