#include "agent/errand/serve.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/audit/journal.hpp"
#include "agent/config/load.hpp"
#include "agent/errand/desk.hpp"
#include "agent/net/client.hpp"
#include "agent/net/server.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/json_log.hpp"
#include "agent/os/signals.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>
#include <prometheus/registry.h>

namespace outrider::errand {
namespace {

using namespace std::chrono_literals;

constexpr int cannot_start = 2;
constexpr int usage_error = 64;
constexpr int config_error = 78;
const char* const help =
    "outrider-actuator - starts and stops what its list allows, for outriders that have no rights\n"
    "\n"
    "  outrider-actuator -c FILE              does errands until it is told to end\n"
    "  outrider-actuator validate -c FILE     whether the list can be used\n"
    "  outrider-actuator --version\n"
    "\n"
    "Example: the list /etc/outrider/actuator.yaml, which root alone may write\n"
    "\n"
    "  allow:\n"
    "    - {name: tests-api, uid: 998, systemd: {unit: tests-api.service}, may: [restart], most: 20 per 1h}\n"
    "\n"
    "and in the configuration of the outrider that runs as user 998:\n"
    "\n"
    "  health: {restart: {through: {name: tests-api}}}\n"
    "\n"
    "What was done: outrider audit verify --state /var/lib/outrider-actuator. More: docs/actuators.md.\n"
    "Exit codes: 0 ended as told, 2 could not start, 64 usage, 78 a list that cannot be used.\n";

struct Words {
  std::string config;
  bool validate = false;
  bool wrong = false;
  bool help = false;
  bool version = false;
};

Words read_words(int count, char** words) {
  Words read;
  for (int at = 1; at < count; ++at) {
    const std::string_view word = words[at];
    if (word == "validate") {
      read.validate = true;
    } else if (word == "--help" || word == "-h") {
      read.help = true;
    } else if (word == "--version") {
      read.version = true;
    } else if ((word == "-c" || word == "--config") && at + 1 < count) {
      read.config = words[++at];
    } else {
      read.wrong = true;
    }
  }
  return read;
}

net::ServerOptions options_for(const Settings& settings) {
  net::ServerOptions options;
  options.listeners.push_back({"unix:" + settings.socket, {}, "socket"});
  options.limits.header_bytes = 4096;
  options.limits.body_bytes = 1024;
  options.limits.header_time = 2s;
  options.limits.body_time = 2s;
  options.limits.idle_time = 2s;
  options.limits.answer_time = longest_errand + 1min;  // so that the desk is first, and writes it down
  options.limits.drain_time = 30s;
  options.limits.connections = 32;
  return options;
}

// Who may ask is not for the file to say, the kernel tells who it is. But where only one may, others cannot
// even knock, and so not be in his way.
void open_the_door(const Settings& settings) {
  const std::int64_t first = settings.allow.front().uid;
  const bool is_only_one =
      std::ranges::all_of(settings.allow, [first](const Grant& grant) { return grant.uid == first; });
  const char* socket = settings.socket.c_str();
  if (is_only_one && ::chown(socket, static_cast<uid_t>(first), static_cast<gid_t>(-1)) == 0)
    (void)::chmod(socket, 0600);
  else
    (void)::chmod(socket, 0666);
}

core::Task<core::Outcome<>> serve(async::Executor river, Settings settings, core::Clock& clock,
                                  core::Log& log, async::Pool& pool) {
  const auto files = os::make_files();
  const auto processes = os::make_processes();
  const auto http = net::make_client(clock, pool);
  prometheus::Registry registry;
  auto signals = os::make_signals(river, {SIGTERM, SIGINT});
  if (!signals) co_return core::fail(signals.error());
  if (auto made = files->make_directories(settings.state); !made) co_return core::fail(made.error());
  const audit::Tools tools{river, clock, pool, *files, registry, log};
  audit::Settings where;
  where.directory = settings.state + "/audit";
  auto opening = audit::Journal::open(tools, std::move(where));
  const auto journal = co_await std::move(opening);
  if (!journal) co_return core::fail(journal.error());

  Desk desk(settings, {clock, log, **journal, {clock, *processes, http.get(), {}, files.get(), &pool}});
  const auto server = net::Server::listen(river, clock, log, options_for(settings),
                                          [&desk](const net::Call& call) { return desk.serve(call); });
  if (!server) co_return core::fail(server.error());
  open_the_door(settings);
  log.info("errand", "Ready", {{"socket", settings.socket}});
  async::Nursery serving(river);
  serving.start((*server)->run());
  (void)co_await (*signals)->next();
  serving.cancel();
  co_await serving.join();
  co_await (*journal)->settle();
  co_return core::Outcome<>();
}

core::Task<void> keep(core::Task<core::Outcome<>> work, core::Outcome<>& outcome) {
  outcome = co_await std::move(work);
}

int start(const Settings& settings) {
  os::ignore_broken_pipes();
  const auto clock = os::make_clock();
  const auto log = os::make_json_log(*clock);
  auto pool = async::make_thread_pool(1);
  core::Outcome<> outcome;
  const auto work = [&](async::Executor river) {
    return keep(serve(std::move(river), settings, *clock, *log, *pool), outcome);
  };
  async::run_here(work, [&pool] { pool.reset(); });
  if (!outcome)
    log->error("errand", "Cannot start", {{"why", outcome.error().what}, {"hint", outcome.error().hint}});
  log->flush(true);
  return outcome ? 0 : cannot_start;
}

}  // namespace

int run(int count, char** words, const char* version) {
  const Words read = read_words(count, words);
  if (read.help) {
    fmt::print("{}", help);
    return 0;
  }
  if (read.version) {
    fmt::print("outrider-actuator {}\n", version);
    return 0;
  }
  if (read.wrong || read.config.empty()) {
    fmt::print(stderr, "{}", help);
    return usage_error;
  }
  actuators::Shelf shelf;
  actuators::fill(shelf);
  const auto loaded = config::load_file(read.config, settings_kind(shelf), config::process_environment());
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.report.text());
    return config_error;
  }
  if (const auto trusted = check_owner(read.config); !trusted) {
    fmt::print(stderr, "outrider-actuator: {}\n  {}\n", trusted.error().what, trusted.error().hint);
    return config_error;
  }
  if (read.validate) {
    fmt::print("{} can be used\n", read.config);
    return 0;
  }
  return start(*loaded.value);
}

}  // namespace outrider::errand
