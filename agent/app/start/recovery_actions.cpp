#include "agent/app/start/recovery_actions.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/core/text.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/json_log.hpp"
#include "agent/os/lock.hpp"
#include "agent/os/process.hpp"
#include "agent/os/program.hpp"
#include "agent/os/signals.hpp"
#include "agent/recovery/answer/answer.hpp"
#include "agent/recovery/drill/report.hpp"
#include "agent/recovery/gate/gate.hpp"
#include "agent/recovery/ground/fetching.hpp"
#include "agent/recovery/ground/real_ground.hpp"
#include "agent/recovery/watch/watch.hpp"
#include "agent/seal/key_file.hpp"

#include <csignal>
#include <fstream>
#include <memory>
#include <utility>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::app {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr unsigned pool_threads = 3;
constexpr core::Duration setup_limit = std::chrono::seconds(30);

os::LogOptions log_options() {
  os::LogOptions options;
  options.level = core::Level::warn;
  options.style = os::LogStyle::text;
  return options;
}

// What one command borrows from the real world.
struct Parts {
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(pool_threads);
  std::unique_ptr<os::Files> files = os::make_files();
  std::unique_ptr<os::Processes> processes = os::make_processes();
  std::unique_ptr<sql::Driver> driver = sql::make_driver(*clock, *pool);
  std::unique_ptr<os::AgentLog> log = os::make_json_log(*clock, log_options());
};

core::Error refusal(const config::Report& report) { return {Errc::invalid, report.text()}; }

Outcome<Settings> with_recovery(const std::string& path) {
  auto loaded = load_settings(path);
  if (!loaded) return core::fail(refusal(loaded.report));
  if (!loaded.value->recovery) {
    return core::fail(Errc::invalid, path + " has no section `recovery`",
                      "name the database in recovery.postgres and the backups in recovery.catalogs");
  }
  return std::move(*loaded.value);
}

Outcome<recovery::RecoveryTarget> target_of(const cli::DrillOptions& options) {
  recovery::RecoveryTarget target;
  if (!options.to_lsn.empty()) {
    target.lsn = wal::parse_lsn(options.to_lsn);
    if (!target.lsn)
      return core::fail(Errc::invalid, options.to_lsn + " is not an LSN", "write it like 0/3000148");
  }
  if (!options.to_time.empty()) {
    target.time = core::read_time(options.to_time);
    if (!target.time) {
      return core::fail(Errc::invalid, options.to_time + " is not a time",
                        "write it like 2026-11-21T14:00:00Z");
    }
  }
  target.name = options.to_point;
  const int given = (target.lsn ? 1 : 0) + (target.time ? 1 : 0) + (target.name.empty() ? 0 : 1) +
                    (options.restore_point.empty() ? 0 : 1);
  if (given > 1) {
    return core::fail(Errc::invalid,
                      "a drill has one target: --to-lsn, --to-time, --to-point or --restore-point");
  }
  return target;
}

// A command has nobody to tell but its user, who reads its answer; the agent's journal is the agent's alone.
class NoJournal final : public core::Journal {
 public:
  Task<Outcome<std::uint64_t>> intend(core::Deed) override { co_return std::uint64_t{0}; }
  Task<Outcome<>> conclude(std::uint64_t, bool, std::string) override { co_return Outcome<>(); }
};

class NoEvents final : public core::EventSink {
 public:
  void record(core::EventKind, std::string, std::string) override {}
};

// A watch for one command.
struct Here {
  Here(Parts& parts, const Settings& settings, const async::Executor& river)
      : watch({*parts.clock, river, *parts.pool, *parts.files, *parts.processes, *parts.driver, journal,
               events, *parts.log, nullptr,
               [&parts, river](recovery::GroundSettings ground) {
                 recovery::GroundTools tools{
                     *parts.clock,     river,         *parts.pool, *parts.files,
                     *parts.processes, *parts.driver, *parts.log,  os::program_path()};
                 return recovery::make_ground(std::move(tools), std::move(ground));
               },
               os::lock_file},
              *settings.recovery,
              {settings.state + "/recovery", settings.service.instance, settings.service.service}) {}

  NoJournal journal;
  NoEvents events;
  recovery::Watch watch;
};

using Drilled = std::optional<Outcome<recovery::DrillRecord>>;

// With a name: to a restore point of that name, which is made first.
Task<void> drill_until_told(recovery::Watch& watch, recovery::DrillOrder order, std::string point,
                            recovery::Progress progress, Drilled& drilled) {
  co_await watch.load();
  co_await watch.look_at_server();
  if (!point.empty()) {
    drilled = co_await watch.prove_point(std::move(order), std::move(point), "operator", std::move(progress));
    co_return;
  }
  drilled = co_await watch.drill(std::move(order), "operator", "outrider drill", std::move(progress));
}

Task<void> wait_for_signal(os::Signals& signals) { (void)co_await signals.next(); }

// One drill from the first look to its record; empty when a signal ended it.
Task<void> drill_here(Parts& parts, const Settings& settings, const cli::DrillOptions& options,
                      recovery::DrillOrder order, const cli::DrillProgress& progress, async::Executor river,
                      Drilled& drilled) {
  auto signals = os::make_signals(river, {SIGINT, SIGTERM});
  if (!signals) {
    drilled = core::fail(signals.error());
    co_return;
  }
  Here here(parts, settings, river);
  const auto named = here.watch.catalog_named(options.catalog);
  if (!named) {
    drilled = core::fail(named.error());
    co_return;
  }
  order.catalog = *named;
  std::vector<Task<void>> runners;
  runners.push_back(drill_until_told(here.watch, std::move(order), options.restore_point, progress, drilled));
  runners.push_back(wait_for_signal(**signals));
  (void)co_await async::race_all(std::move(runners));
}

Outcome<cli::DrillAnswer> drill(const cli::DrillOptions& options, const cli::DrillProgress& progress) {
  auto settings = with_recovery(options.config_path);
  if (!settings) return core::fail(settings.error());
  if (settings->recovery->catalogs.empty()) {
    return core::fail(Errc::invalid, options.config_path + " names no backups", "set recovery.catalogs");
  }
  auto target = target_of(options);
  if (!target) return core::fail(target.error());
  recovery::DrillOrder order = settings->recovery->drill.order();
  order.set = options.set;
  order.target = *target;
  order.keep_data = order.keep_data || options.keep;
  os::ignore_broken_pipes();
  Parts parts;
  Drilled drilled;
  async::run_here([&](async::Executor river) {
    return drill_here(parts, *settings, options, std::move(order), progress, std::move(river), drilled);
  });
  if (!drilled) {
    return core::fail(Errc::unavailable, "the drill was ended by a signal; its scratch directory is clear");
  }
  if (!*drilled) return core::fail(drilled->error());
  const recovery::DrillRecord& record = **drilled;
  return cli::DrillAnswer{recovery::exit_code_of(record), recovery::show(record),
                          recovery::to_json_line(record)};
}

Task<void> look_here(Parts& parts, const Settings& settings, const core::GateQuestion& question,
                     async::Executor river, recovery::GateView& view, core::GateAnswer& answer) {
  Here here(parts, settings, river);
  co_await here.watch.load();
  co_await here.watch.look_once();
  view.snapshot = &here.watch.snapshot();
  view.now = parts.clock->wall();
  const recovery::GateResult result = recovery::pass_gate(view);
  const recovery::Issuer issuer{settings.service.service, settings.service.instance,
                                settings.recovery->gate.valid_for};
  boost::json::object json = result.json();
  // As the agent would, for whoever may read its key.
  if (const auto key = seal::open_key(*parts.files, settings.state))
    json["signed"] = recovery::sign_answer(*key, recovery::claims_of(result, view, question, issuer));
  else
    json["unsigned_because"] = key.error().what;
  answer = {result.code, result.nagios(), result.text(), boost::json::serialize(json), {}, {}};
}

Outcome<core::GateAnswer> gate_here(const std::string& path, const core::GateQuestion& question) {
  auto settings = with_recovery(path);
  if (!settings) return core::fail(settings.error());
  auto view = recovery::read_gate_question(question);
  if (!view) return core::fail(view.error());
  if (view->waiver) {
    return core::fail(Errc::invalid, "an override is audited by the agent, so it cannot be used with --here");
  }
  Parts parts;
  core::GateAnswer answer;
  async::run_here([&](async::Executor river) {
    return look_here(parts, *settings, question, std::move(river), *view, answer);
  });
  return answer;
}

Task<void> fetch_here(Parts& parts, const recovery::FetchOrder& order, const std::string& file,
                      const std::string& to, recovery::Fetched& fetched) {
  fetched = co_await recovery::answer_fetch(*parts.processes, *parts.clock, *parts.pool, order, file, to);
}

int fetch_wal(const std::string& order_path, const std::string& file, const std::string& to) {
  Parts parts;
  constexpr std::uint64_t most_order_bytes = 1 << 20;
  const auto text = parts.files->read_all(order_path, most_order_bytes);
  const auto order =
      text ? recovery::read_fetch_order(*text) : Outcome<recovery::FetchOrder>(core::fail(text.error()));
  if (!order) {
    std::fputs(("outrider fetch-wal: " + order.error().what + "\n").c_str(), stderr);
    return recovery::fetch_trouble;
  }
  recovery::Fetched fetched;
  async::run_here([&](async::Executor) { return fetch_here(parts, *order, file, to, fetched); });
  return fetched.code;
}

Task<void> run_setup(Parts& parts, const std::string& dsn, const std::vector<std::string>& statements,
                     Outcome<>& outcome) {
  auto connected = co_await parts.driver->connect(dsn, "outrider setup", setup_limit);
  if (!connected) {
    outcome = core::fail(connected.error());
    co_return;
  }
  for (const auto& statement : statements) {
    auto done = co_await (*connected)->ask(statement, setup_limit);
    if (done) continue;
    outcome = core::fail("cannot run: " + statement, done.error());
    co_return;
  }
}

std::vector<std::string> setup_statements(const std::string& role, const cli::SetupChoice& choice) {
  std::vector<std::string> statements = recovery::canary_schema(role);
  if (choice.reading) statements.push_back(recovery::reading_grant(role));
  if (choice.restore_points) {
    for (auto& grant : recovery::restore_point_grants(role)) statements.push_back(std::move(grant));
  }
  if (choice.slot_cap) {
    for (auto& grant : recovery::slot_cap_grants(role)) statements.push_back(std::move(grant));
  }
  return statements;
}

Outcome<> apply_setup(const std::string& path, const std::string& dsn, const std::string& role,
                      const cli::SetupChoice& choice) {
  std::string where = dsn;
  if (where.empty()) {
    auto settings = with_recovery(path);
    if (!settings) return core::fail(settings.error());
    if (!settings->recovery->postgres) {
      return core::fail(Errc::invalid, path + " names no database",
                        "set recovery.postgres.dsn, or use --dsn");
    }
    where = settings->recovery->postgres->dsn;
  }
  Parts parts;
  Outcome<> outcome;
  const std::vector<std::string> statements = setup_statements(role, choice);
  async::run_here([&](async::Executor) { return run_setup(parts, where, statements, outcome); });
  return outcome;
}

}  // namespace

void add_recovery_actions(cli::Actions& actions) {
  actions.drill = drill;
  actions.gate_here = gate_here;
  actions.fetch_wal = fetch_wal;
  actions.setup_postgres = setup_statements;
  actions.apply_setup = apply_setup;
}

}  // namespace outrider::app
