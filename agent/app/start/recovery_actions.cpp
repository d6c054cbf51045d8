#include "agent/app/start/recovery_actions.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/core/text.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/lock.hpp"
#include "agent/os/process.hpp"
#include "agent/os/signals.hpp"
#include "agent/recovery/canary/log.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/drill/report.hpp"
#include "agent/recovery/drill/source.hpp"
#include "agent/recovery/ground/fetching.hpp"
#include "agent/recovery/ground/real_ground.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace outrider::app {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr unsigned pool_threads = 3;
constexpr core::Duration setup_limit = std::chrono::seconds(30);

// What one command borrows from the real world.
struct Parts {
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(pool_threads);
  std::unique_ptr<os::Files> files = os::make_files();
  std::unique_ptr<os::Processes> processes = os::make_processes();
  std::unique_ptr<sql::Driver> driver = sql::make_driver(*clock, *pool);
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
  const int given = (target.lsn ? 1 : 0) + (target.time ? 1 : 0) + (target.name.empty() ? 0 : 1);
  if (given > 1)
    return core::fail(Errc::invalid, "a drill has one target: --to-lsn, --to-time or --to-point");
  return target;
}

std::string program_path() {
  std::error_code trouble;
  return std::filesystem::read_symlink("/proc/self/exe", trouble).string();
}

Task<void> drill_until_told(recovery::DrillTools tools, recovery::DrillOrder order, recovery::Source source,
                            std::optional<recovery::DrillRecord>& record) {
  record = co_await recovery::run_drill(tools, std::move(order), std::move(source));
}

Task<void> wait_for_signal(os::Signals& signals) { (void)co_await signals.next(); }

recovery::GroundSettings ground_settings(const recovery::DrillSettings& drill, bool reuse) {
  recovery::GroundSettings ground;
  ground.scratch = drill.scratch;
  ground.user = drill.user;
  ground.role = drill.role;
  ground.binaries = drill.binaries;
  ground.reuse = reuse;
  ground.lanes = static_cast<unsigned>(drill.lanes);
  ground.niceness = static_cast<int>(drill.niceness);
  return ground;
}

Outcome<> keep_record(os::Files& files, const std::string& folder, const recovery::DrillRecord& record) {
  auto file = files.open_append(folder + "/drills.jsonl");
  if (!file) return core::fail(file.error());
  if (auto written = (*file)->append(recovery::to_json_line(record) + "\n"); !written) return written;
  return (*file)->sync();
}

// One drill from the first look to its record; empty when a signal ended it.
Task<void> drill_here(Parts& parts, const Settings& settings, recovery::DrillOrder order,
                      const cli::DrillProgress& progress, async::Executor river,
                      std::optional<recovery::DrillRecord>& record) {
  const recovery::Settings& said = *settings.recovery;
  const catalogs::Tools catalog_tools{*parts.clock, *parts.pool, *parts.files, *parts.processes};
  const auto catalog = said.catalogs.front()(catalog_tools);
  recovery::GroundTools ground_tools{*parts.clock,     river,         *parts.pool,   *parts.files,
                                     *parts.processes, *parts.driver, program_path()};
  const auto ground =
      recovery::make_ground(std::move(ground_tools), ground_settings(said.drill, order.keep_data));
  recovery::CanaryLog canaries(*parts.files, settings.state + "/recovery/canaries");
  recovery::SourceTools source_tools{*parts.clock, *parts.driver, canaries, said.postgres};
  recovery::Source source = co_await recovery::look_at_source(source_tools);
  auto signals = os::make_signals(river, {SIGINT, SIGTERM});
  if (!signals) co_return;
  recovery::DrillTools tools{*parts.clock, *catalog, *ground};
  tools.progress = [&progress](const std::string& phase, const std::string& what, std::optional<double>) {
    progress(phase, what);
  };
  std::vector<Task<void>> runners;
  runners.push_back(drill_until_told(std::move(tools), std::move(order), std::move(source), record));
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
  const std::string folder = settings->state + "/recovery";
  if (auto made = parts.files->make_directories(folder); !made) return core::fail(made.error());
  auto lock = os::lock_file(folder + "/drill.lock");
  if (!lock) return core::fail("another drill is under way", lock.error());
  std::optional<recovery::DrillRecord> record;
  async::run_here([&](async::Executor river) {
    return drill_here(parts, *settings, std::move(order), progress, std::move(river), record);
  });
  if (!record)
    return core::fail(Errc::unavailable, "the drill was ended by a signal; its scratch directory is clear");
  if (auto kept = keep_record(*parts.files, folder, *record); !kept) {
    record->notes.push_back("this record could not be kept: " + kept.error().what);
  }
  return cli::DrillAnswer{recovery::exit_code_of(*record), recovery::show(*record),
                          recovery::to_json_line(*record)};
}

Task<void> fetch_here(Parts& parts, const recovery::FetchOrder& order, const std::string& file,
                      const std::string& to, recovery::Fetched& fetched) {
  fetched = co_await recovery::fetch_file(*parts.processes, *parts.clock, order.plan, file, to, order.limit);
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
  recovery::Fetched fetched{recovery::fetch_absent, {}};
  if (recovery::was_there(*order, file)) {
    async::run_here([&](async::Executor) { return fetch_here(parts, *order, file, to, fetched); });
  }
  std::ofstream(order->log, std::ios::app) << recovery::fetch_line(file, fetched.code, fetched.why);
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

Outcome<> apply_setup(const std::string& path, const std::string& dsn, const std::string& role) {
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
  const std::vector<std::string> statements = recovery::canary_schema(role);
  async::run_here([&](async::Executor) { return run_setup(parts, where, statements, outcome); });
  return outcome;
}

}  // namespace

void add_recovery_actions(cli::Actions& actions) {
  actions.drill = drill;
  actions.fetch_wal = fetch_wal;
  actions.setup_postgres = [](const std::string& role) { return recovery::canary_schema(role); };
  actions.apply_setup = apply_setup;
}

}  // namespace outrider::app
