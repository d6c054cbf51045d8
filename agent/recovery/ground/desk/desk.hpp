// Where a server that is cut off from the network gets its WAL. Its restore_command asks here, over a Unix
// socket in the scratch directory, and the drill's own process, which still has the network, fetches. Whoever
// asks is trusted with nothing but the name of a WAL file and a place in that server's own pg_wal.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/net/server.hpp"
#include "agent/os/process.hpp"
#include "agent/recovery/ground/fetching.hpp"

#include <memory>
#include <string>

namespace outrider::recovery {

struct DeskTools {
  core::Clock& clock;
  async::Executor river;
  async::Pool& pool;
  os::Processes& processes;
  core::Log& log;
};

struct DeskOrder {
  FetchOrder fetch;    // its command as it is to be run by us; `desk` is the socket
  std::string folder;  // the data directory of who asks
};

// Listens when it returns; answers while its run() runs. What `tools` holds outlives it.
core::Outcome<std::unique_ptr<net::Server>> open_desk(DeskTools tools, DeskOrder order);

// Asks there. Trouble when nobody answers, or not wholly: the drill is dead then, and nothing can be said of
// the archive.
core::Task<Fetched> ask_desk(core::Clock& clock, async::Pool& pool, FetchOrder order, std::string name,
                             std::string path);

// Where in `folder` a file may be put that the server wants at `path`; nothing for anywhere but its pg_wal.
std::optional<std::string> place_in_wal(const std::string& folder, std::string_view path);

}  // namespace outrider::recovery
