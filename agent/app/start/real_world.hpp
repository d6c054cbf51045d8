// The agent on a real machine: makes the world, runs the agent in it, takes it down again.
#pragma once

#include "agent/app/settings.hpp"
#include "agent/config/load.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/status.hpp"

#include <string>
#include <vector>

namespace outrider::app {

// The file, with what only this machine knows filled in.
config::Loaded<Settings> load_settings(const std::string& path);

struct RealOptions {
  std::string config_path;
  std::string version;
  bool dry_run = false;
};

// Runs until the agent ends; gives the program's exit code. The calling thread becomes `decide`.
int run_in_real_world(config::Loaded<Settings> loaded, const RealOptions& options);

// Asks each probe once, all at the same time, without an agent.
std::vector<core::ProbeStatus> ask_each_probe_once(const Settings& settings);

}  // namespace outrider::app
