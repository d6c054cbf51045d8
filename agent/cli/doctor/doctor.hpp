// Looks at the machine with the eyes of one configuration: would the agent work here, and if not, what mends
// it? Looks only; changes nothing but a file it makes and removes again in the state directory.
#pragma once

#include "agent/cli/actions.hpp"

#include <string>
#include <vector>

namespace outrider::cli {

enum class Health { ok, warn, bad, unknown };

struct Finding {
  Health health = Health::unknown;
  std::string about;  // "state directory", "metrics.listen"
  std::string what;   // one sentence
  std::string hint;   // what would mend it; empty when nothing needs mending
};

// The machine apart from any configuration: kernel, clock, cgroups, descriptors, PID 1, systemd.
std::vector<Finding> examine_machine();

// What the configuration asks of it.
std::vector<Finding> examine_premises(const Premises& premises);

}  // namespace outrider::cli
