// A sink at whose door one can look: what it is offered, and what it says.
#pragma once

#include "agent/pipeline/tap/taps.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>

namespace outrider::pipeline {

std::unique_ptr<sinks::Sink> with_taps(std::unique_ptr<sinks::Sink> sink, Taps& taps);

}  // namespace outrider::pipeline
