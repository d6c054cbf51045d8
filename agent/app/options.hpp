// What the program is started with, and what it ends with.
#pragma once

#include <string>

namespace outrider::app {

// What the program ends with.
enum RunExit : int { run_fine = 0, run_failed = 2 };

struct AgentOptions {
  std::string config_path;
  std::string version;
  bool dry_run = false;
};

}  // namespace outrider::app
