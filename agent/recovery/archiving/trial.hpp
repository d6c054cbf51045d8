// Runs a failing archive command once more by hand, for a copy of the segment, to see what it says.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/files.hpp"
#include "agent/os/process.hpp"
#include "agent/recovery/archiving/command.hpp"
#include "agent/recovery/archiving/server_here.hpp"

#include <optional>
#include <string>

namespace outrider::recovery {

struct TrialTools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  os::Processes& processes;
};

// What fails, and what can be done to see why.
struct FailingArchive {
  std::string segment;
  std::string command;  // as configured
  ArchiveCommand read;
  std::optional<ServerHere> server;  // nothing: it cannot be acted for from here
  std::string no_server_because;
  std::string log_words;  // what the server's own log says; empty: nothing, or it cannot be read
  core::WallTime looked{};

  bool can_be_run() const { return server && read.by_hand != ByHand::explain; }
  // The command to type, why it is not run from here, and what the log says.
  std::string explanation() const;
};

// Runs it as the owner of the data directory, while PostgreSQL is not at it. What it said, as a sentence; an
// error when it could not be tried.
core::Task<core::Outcome<std::string>> try_archiving(TrialTools tools, FailingArchive failing);

}  // namespace outrider::recovery
