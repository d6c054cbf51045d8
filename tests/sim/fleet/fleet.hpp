// A fleet of services that need each other, each with its own real Health and Supervisor, under random faults
// from one seed. Simulated are time, processes, the network, files and locks; what judges, decides and acts
// is the program's own, down to the probes, the child actuator, the file lease and the words that one agent
// tells another. Left out are the agents' faces and the upper river.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace outrider::sim {

struct FleetAccount {
  std::map<std::string, unsigned> faults;
  std::uint64_t restarts = 0;         // for sickness
  std::uint64_t deaths = 0;           // that were answered with a start
  std::uint64_t explained = 0;        // sick, and left alone for what explains it
  std::uint64_t roots_checked = 0;    // root causes that were compared with the truth
  std::uint64_t handed_over = 0;      // to a human, who then restarted it
  std::vector<std::string> refusals;  // reasons that were met, for whoever wonders what was tried at all
  std::vector<std::string> broken;    // promises; empty: all held
};

FleetAccount live_as_a_fleet(std::uint64_t seed, unsigned services, core::Duration length);

}  // namespace outrider::sim
