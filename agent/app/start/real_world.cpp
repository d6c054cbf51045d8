#include "agent/app/start/real_world.hpp"

#include "agent/app/agent.hpp"
#include "agent/async/river.hpp"
#include "agent/core/seconds.hpp"
#include "agent/net/client.hpp"
#include "agent/net/dialer.hpp"
#include "agent/net/streams/listeners.hpp"
#include "agent/net/streams/stream_client.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/facts.hpp"
#include "agent/os/json_log.hpp"
#include "agent/os/own_memory.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/program.hpp"
#include "agent/os/random.hpp"

#include <csignal>
#include <memory>
#include <utility>

namespace outrider::app {
namespace {

constexpr int log_descriptor = 2;
constexpr unsigned pool_threads = 2;
constexpr unsigned slow_call_threads = 8;  // at most so many calls hang before others must wait

std::unique_ptr<os::AgentLog> make_log(core::Clock& clock, core::Level level) {
  os::LogOptions options;
  options.level = level;
  options.descriptor = log_descriptor;
  // A person at a terminal reads sentences; everything else reads JSON.
  options.style = os::is_terminal(log_descriptor) ? os::LogStyle::text : os::LogStyle::json;
  options.colours = os::is_terminal(log_descriptor);
  return os::make_json_log(clock, options);
}

core::AgentStatus read_self() {
  const os::Proc proc;
  core::AgentStatus self;
  if (const auto facts = proc.facts(0)) {
    self.pid = facts->pid;
    self.resident_bytes = facts->resident_bytes;
    self.cpu_seconds = core::to_seconds(facts->cpu_used);
  }
  if (const auto open = proc.open_descriptors(0)) self.open_descriptors = *open;
  return self;
}

core::Task<void> stay(async::Executor river) {
  async::Bell never(river);
  co_await never.wait();
}

// What the agent borrows, in the order in which it may go.
struct Parts {
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<core::Random> random = os::make_random();
  std::unique_ptr<os::AgentLog> log;
  std::unique_ptr<os::Files> files = os::make_files();
  std::unique_ptr<os::WatchedFiles> watched_files = os::make_watched_files();
  std::unique_ptr<os::Processes> processes = os::make_processes();
  std::shared_ptr<os::Machine> machine = os::make_machine();
  os::Notifier notifier{os::notify_settings()};
  async::River carry{"carry"};
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(pool_threads);
  // Statements of probes; each ends at its own limit.
  std::unique_ptr<async::Pool> probe_database_pool = async::make_thread_pool(slow_call_threads);
  std::unique_ptr<async::SlowCalls> slow_calls = async::make_slow_calls(slow_call_threads);
  std::unique_ptr<net::Client> carry_client = net::make_client(*clock, *pool);
  std::unique_ptr<net::StreamClient> carry_streams = net::make_stream_client(*clock, *pool);
  std::unique_ptr<net::Listeners> carry_listeners = net::make_listeners(*clock);
  // A database that hangs must not keep names from being resolved; its threads begin with its first
  // statement.
  std::unique_ptr<async::Pool> database_pool = async::make_thread_pool(pool_threads);
  std::unique_ptr<sql::Driver> driver = sql::make_driver(*clock, *database_pool);
};

recovery::GroundTools ground_tools(Parts& parts, const async::Executor& decide) {
  return {*parts.clock,     decide,        *parts.pool, *parts.files,
          *parts.processes, *parts.driver, *parts.log,  os::program_path()};
}

core::Task<void> live(Parts& parts, config::Loaded<Settings>& loaded, const RealOptions& options,
                      async::Executor decide, int& code) {
  auto signals = os::make_signals(decide, {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH});
  if (!signals) {
    parts.log->error("app", "Cannot catch signals", {{"why", signals.error().what}});
    code = run_failed;
    co_return;
  }
  const auto client = net::make_client(*parts.clock, *parts.pool);
  const auto dialer = net::make_dialer(*parts.clock, *parts.pool);
  const auto streams = net::make_stream_client(*parts.clock, *parts.pool);
  Listen listen = [&parts](const async::Executor& river, net::ServerOptions server, net::Handler handler) {
    return net::Server::listen(river, *parts.clock, *parts.log, std::move(server), std::move(handler));
  };
  auto load = [path = options.config_path] { return load_settings(path); };
  World world{.clock = *parts.clock,
              .random = *parts.random,
              .log = *parts.log,
              .pool = *parts.pool,
              .files = *parts.files,
              .processes = *parts.processes,
              .signals = **signals,
              .notifier = parts.notifier,
              .decide = decide,
              .carry = parts.carry.executor(),
              .decide_client = *client,
              .carry_client = *parts.carry_client,
              .dialer = *dialer,
              .decide_streams = *streams,
              .slow_calls = *parts.slow_calls,
              .machine = parts.machine,
              .make_probe_database =
                  [&parts] {
                    return sql::make_prompt_driver(*parts.clock, *parts.probe_database_pool,
                                                   *parts.slow_calls);
                  },
              .listen = std::move(listen),
              .load = std::move(load),
              .lock = os::lock_file,
              .set_log_level = [&parts](core::Level level) { parts.log->set_level(level); },
              .tend_log = [&parts] { return parts.log->tend(); },
              .self = read_self,
              .database = parts.driver.get(),
              .make_ground =
                  [&parts, decide](recovery::GroundSettings ground) {
                    return recovery::make_ground(ground_tools(parts, decide), std::move(ground));
                  },
              .open_book = durable::open_book,
              .map_file = os::map_file,
              .make_eyes = [] { return incident::make_eyes(); },
              .settled = os::give_back_unused_memory,
              .carry_streams = *parts.carry_streams,
              .carry_listeners = *parts.carry_listeners,
              .watched_files = *parts.watched_files};
  AgentOptions agent_options{options.config_path, options.version, options.dry_run};
  Agent agent(world, std::move(loaded), std::move(agent_options));
  code = co_await agent.run();
}

}  // namespace

config::Loaded<Settings> load_settings(const std::string& path) {
  auto loaded = config::load_file(path, settings_kind());
  if (!loaded) return loaded;
  core::Resource& service = loaded.value->service;
  service.host = os::host_name();
  if (service.instance.empty()) service.instance = service.host;
  return loaded;
}

int run_in_real_world(config::Loaded<Settings> loaded, const RealOptions& options) {
  os::ignore_broken_pipes();
  os::tune_heap();
  Parts parts;
  parts.log = make_log(*parts.clock, loaded.value->log_level);
  if (const auto subreaper = os::become_subreaper(); !subreaper) {
    parts.log->warn("app", "Orphans of the service will not come to outrider",
                    {{"why", subreaper.error().what}});
  }
  parts.carry.start(stay(parts.carry.executor()), nullptr);
  int code = run_failed;
  async::run_here(
      [&](async::Executor decide) { return live(parts, loaded, options, std::move(decide), code); },
      [&parts] {  // both have answered to the other river until now
        parts.carry.cancel();
        parts.carry.join();
        parts.carry_client.reset();
        parts.carry_streams.reset();
        parts.pool.reset();
        parts.probe_database_pool.reset();
        parts.slow_calls.reset();
      });
  parts.log->flush(true);
  return code;
}

namespace {

core::Task<void> ask_one(probes::Probe& probe, core::Duration limit, core::Clock& clock,
                         core::ProbeStatus& status) {
  status.asked = clock.wall();
  const core::Answer answer = co_await probe.ask(limit);
  status.last = answer.standing;
  status.detail = answer.detail;
  status.took = answer.took;
  status.asked_total = 1;
}

core::Task<void> ask_all(const Settings& settings, async::Executor river,
                         std::vector<core::ProbeStatus>& answers) {
  const auto clock = os::make_clock();
  const auto pool = async::make_thread_pool(pool_threads);
  const auto client = net::make_client(*clock, *pool);
  const auto dialer = net::make_dialer(*clock, *pool);
  const auto processes = os::make_processes();
  const auto streams = net::make_stream_client(*clock, *pool);
  const auto slow = async::make_slow_calls(slow_call_threads);
  const auto database_pool = async::make_thread_pool(slow_call_threads);
  const std::shared_ptr<os::Machine> machine = os::make_machine();
  const probes::Tools tools{
      *clock,  *pool,      *client,
      *dialer, *processes, *streams,
      *slow,   machine,    [&] { return sql::make_prompt_driver(*clock, *database_pool, *slow); }};
  std::vector<std::unique_ptr<probes::Probe>> asked;
  answers.reserve(settings.health.probes.size());
  async::Nursery nursery(river);
  for (const auto& [name, probe] : settings.health.probes) {
    asked.push_back(probe.make(tools));
    core::ProbeStatus status;
    status.name = name;
    status.kind = probe.kind;
    status.target = asked.back()->target();
    status.dependency = probe.dependency;
    answers.push_back(std::move(status));
    nursery.start(ask_one(*asked.back(), probe.timeout, *clock, answers.back()));
  }
  co_await nursery.join();
}

}  // namespace

std::vector<core::ProbeStatus> ask_each_probe_once(const Settings& settings) {
  std::vector<core::ProbeStatus> answers;
  async::run_here([&](async::Executor river) { return ask_all(settings, std::move(river), answers); });
  return answers;
}

}  // namespace outrider::app
