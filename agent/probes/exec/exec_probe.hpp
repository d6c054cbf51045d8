// Runs a program and reads its exit code, after the habit of Nagios plug-ins.
#pragma once

#include "agent/probes/shelf.hpp"

#include <string>
#include <vector>

namespace outrider::probes::exec {

struct Settings {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;  // added to ours
  std::string directory;                                         // empty: ours
};

// What an end of the program says of the target.
core::Standing standing_of(const os::Exit& exit);

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::exec
