// Fetches WAL ahead of the server that replays it, several files at a time: replay then never waits for a
// tool to start. Bounded by the number of files that wait to be taken.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/recovery/ground/fetching.hpp"

#include <string>
#include <vector>

namespace outrider::recovery {

struct AheadOrder {
  FetchOrder fetch;
  std::vector<std::string> way;  // in the order in which replay will ask
  unsigned lanes = 2;
  std::size_t most_waiting = 16;
};

// Until all is fetched, one could not be fetched (the server's own asking then says why), or it is cancelled.
core::Task<void> fetch_ahead(os::Processes& processes, core::Clock& clock, async::Pool& pool,
                             AheadOrder order);

}  // namespace outrider::recovery
