// The ground of real drills, and of the real proof standby.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/os/files.hpp"
#include "agent/os/process.hpp"
#include "agent/recovery/ground/ground.hpp"

#include <memory>
#include <string>

namespace outrider::recovery {

struct GroundSettings {
  std::string scratch;   // the directory
  std::string user;      // as whom tools and server run, when we are root
  std::string role;      // a superuser of the restored cluster
  std::string binaries;  // of PostgreSQL; empty: found by the version of the data
  bool reuse = false;    // keep the data for the next drill
  bool fetch_ahead = true;
  unsigned lanes = 2;  // fetched at a time
  int niceness = 10;   // of processor and disk
  std::string cgroup;  // a folder of cgroup v2 with the user's ceilings; empty: where we are
  std::uint64_t most_bytes_per_second = 0;  // of a restore, and of WAL; 0: as fast as it goes
  bool standby = false;                     // the directory is a proof standby's: its data outlive us
  NetworkCut network = NetworkCut::shared;  // of the server
  core::Duration stop_limit = std::chrono::seconds(60);
};

struct GroundTools {
  core::Clock& clock;
  async::Executor river;
  async::Pool& pool;
  os::Files& files;
  os::Processes& processes;
  sql::Driver& driver;
  core::Log& log;
  std::string program;  // outrider itself, as an absolute path
};

std::unique_ptr<Ground> make_ground(GroundTools tools, GroundSettings settings);

}  // namespace outrider::recovery
