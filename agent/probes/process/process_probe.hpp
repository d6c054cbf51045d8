// Looks at a process from outside: the supervised one, or one found by its pid file or its name.
#pragma once

#include "agent/probes/process/watch.hpp"
#include "agent/probes/shelf.hpp"

#include <memory>

namespace outrider::probes::process {

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::process
