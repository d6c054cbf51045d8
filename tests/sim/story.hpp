// What befalls the agent: faults at random times, each lasting a while, all from one seed; and what must hold
// all along.
#pragma once

#include "tests/sim/sim_world.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace outrider::sim {

struct Account {
  std::map<std::string, unsigned> faults;  // by name, how often
  std::uint64_t starts = 0;                // of the service
  std::uint64_t lines = 0;                 // of a log file, each carried once
  std::uint64_t told = 0;                  // messages that people have taken
  std::vector<std::string> broken;         // promises, each a sentence; empty: all held
};

// Lives through `length`: faults all along, but for the last hour, in which everything must have healed.
Account live_through(std::uint64_t seed, core::Duration length);

}  // namespace outrider::sim
