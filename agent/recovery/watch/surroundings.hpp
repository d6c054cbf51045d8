// What a watch works with, and how it is called.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/log.hpp"
#include "agent/net/http.hpp"
#include "agent/os/files.hpp"
#include "agent/os/lock.hpp"
#include "agent/os/process.hpp"
#include "agent/recovery/ground/real_ground.hpp"
#include "agent/recovery/metrics.hpp"
#include "agent/recovery/settings.hpp"
#include "agent/sql/sql.hpp"

#include <functional>
#include <memory>
#include <string>

namespace outrider::recovery {

struct WatchTools {
  core::Clock& clock;
  async::Executor river;
  async::Pool& pool;
  os::Files& files;
  os::Processes& processes;
  sql::Driver& driver;
  core::Journal& journal;
  core::EventSink& events;
  core::Log& log;
  RecoveryMetrics* metrics;  // null: nobody asks
  std::function<std::unique_ptr<Ground>(GroundSettings)> make_ground;
  std::function<core::Outcome<std::unique_ptr<os::Lock>>(const std::string& path)> lock;
  std::function<void()> settled = [] {};  // called after a listing: what only that needed may go
  net::Client* client = nullptr;          // null: nobody is asked over the network
};

struct WatchOptions {
  std::string folder;   // <state>/recovery
  std::string node;     // how canaries call us
  std::string cluster;  // how people call it
};

GroundSettings ground_settings(const DrillSettings& drill, bool reuse);
GroundSettings standby_ground_settings(const StandbySettings& standby, const DrillSettings& drill);

}  // namespace outrider::recovery
