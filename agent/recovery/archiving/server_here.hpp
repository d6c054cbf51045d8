// The server that is watched, as it is seen on this machine: where its data directory is, and whose.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/recovery/evidence/evidence.hpp"

#include <string>

#include <sys/types.h>

namespace outrider::recovery {

struct ServerHere {
  std::string data;
  uid_t owner = 0;
  gid_t group = 0;
  std::string user;  // the owner's name
  pid_t postmaster = 0;
};

// An error where it is not on this machine, not surely this one, or not ours to act for: we must be its owner
// or root. The data directory is known by the system identifier in it, and the server by when it started.
// Blocks.
core::Outcome<ServerHere> find_server(const Evidence& evidence);

// Whether its archiver is running a command just now; `not_found` when there is no archiver to be seen.
core::Outcome<bool> archiver_is_busy(const ServerHere& server);

}  // namespace outrider::recovery
