// Everything that comes from outside the agent. The real one is made in real_world.cpp, the simulated one in
// tests/sim/; what is built on top of it is the same program.
#pragma once

#include "agent/app/settings.hpp"
#include "agent/async/executor.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/slow_call.hpp"
#include "agent/config/load.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/core/status.hpp"
#include "agent/durable/book.hpp"
#include "agent/incident/desk/eyes.hpp"
#include "agent/net/http.hpp"
#include "agent/net/server.hpp"
#include "agent/net/serving/whoever.hpp"
#include "agent/net/streams/listeners.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/os/files.hpp"
#include "agent/os/lock.hpp"
#include "agent/os/machine.hpp"
#include "agent/os/mapping.hpp"
#include "agent/os/notify.hpp"
#include "agent/os/process.hpp"
#include "agent/os/signals.hpp"
#include "agent/os/watching/watched_files.hpp"
#include "agent/recovery/ground/real_ground.hpp"
#include "agent/sql/sql.hpp"

#include <functional>
#include <memory>
#include <string>

namespace outrider::app {

using net::Listen;

struct World {
  core::Clock& clock;
  core::Random& random;
  core::Log& log;
  async::Pool& pool;
  os::Files& files;
  os::Processes& processes;
  os::Signals& signals;
  os::Notifier& notifier;

  async::Executor decide;
  async::Executor carry;
  net::Client& decide_client;
  net::Client& carry_client;
  net::Dialer& dialer;
  net::StreamClient& decide_streams;
  async::SlowCalls& slow_calls;
  std::shared_ptr<os::Machine> machine;
  std::function<std::unique_ptr<sql::Driver>()> make_probe_database;  // one a probe that asks one
  Listen listen;

  // Reads the configuration again.
  std::function<config::Loaded<Settings>()> load;
  // One agent a state directory.
  std::function<core::Outcome<std::unique_ptr<os::Lock>>(const std::string& path)> lock;
  std::function<void(core::Level)> set_log_level;
  // Writes what the log holds back; runs for ever on `decide`.
  std::function<core::Task<void>()> tend_log;
  // What the program itself costs; read on the pool.
  std::function<core::AgentStatus()> self;
  // Only where `recovery` is configured; null in worlds without a database.
  sql::Driver* database = nullptr;
  std::function<std::unique_ptr<recovery::Ground>(recovery::GroundSettings)> make_ground{};
  // What must outlive the agent; opened only where logs ask for it.
  std::function<core::Outcome<std::unique_ptr<durable::Book>>(const std::string& path,
                                                              durable::BookOptions options)>
      open_book = [](const std::string&, durable::BookOptions) { return durable::make_memory_book(); };
  // The flight recorder's file, and who looks at the service's process from outside.
  std::function<core::Outcome<std::unique_ptr<os::Mapping>>(const std::string& path, std::uint64_t bytes)>
      map_file = os::map_nothing;
  std::function<std::unique_ptr<incident::Eyes>()> make_eyes = incident::make_closed_eyes;
  // Called when starting, a reload or a listing of backups is over, and now and then: what only that needed
  // may go.
  std::function<void()> settled = [] {};
  net::StreamClient& carry_streams = net::no_streams();
  net::Listeners& carry_listeners = net::no_listeners();
  os::WatchedFiles& watched_files = os::no_watched_files();
};

}  // namespace outrider::app
