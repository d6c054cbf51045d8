#include "agent/recovery/ground/real_ground.hpp"

#include "agent/async/race.hpp"
#include "agent/async/slot.hpp"
#include "agent/core/lines.hpp"
#include "agent/os/as_user.hpp"
#include "agent/os/paced_tool.hpp"
#include "agent/recovery/ground/ahead.hpp"
#include "agent/recovery/ground/desk/desk.hpp"
#include "agent/recovery/ground/desk/try_isolation.hpp"
#include "agent/recovery/ground/fetching.hpp"
#include "agent/recovery/ground/scratch/folder.hpp"
#include "agent/recovery/ground/server_files.hpp"
#include "agent/sql/dsn.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using core::Outcome;
using core::Task;

constexpr std::uint64_t kept_output_bytes = 64 * 1024;
constexpr std::uint64_t most_log_bytes = 64ULL << 20;
constexpr std::size_t most_fresh_bytes = 64 * 1024;
constexpr core::Duration short_limit = 30s;
// A server that goes on for months must not fill the disk with what it and its fetches say.
constexpr std::uint64_t most_said_bytes = 256 << 10;
constexpr core::Duration quit_limit = 10s;

// What a file has grown by since `offset`, as far as fits into the bound; the rest comes the next time.
std::string read_behind(const std::string& path, std::uint64_t offset) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  std::string fresh(most_fresh_bytes, '\0');
  file.read(fresh.data(), static_cast<std::streamsize>(fresh.size()));
  fresh.resize(static_cast<std::size_t>(file.gcount()));
  return fresh;
}

class RealGround final : public Ground {
 public:
  RealGround(GroundTools tools, GroundSettings settings)
      : tools_(std::move(tools)),
        settings_(std::move(settings)),
        folder_(settings_.scratch, settings_.user,
                settings_.standby ? ScratchUse::standby : ScratchUse::drill),
        ahead_(tools_.river, [](std::exception_ptr) {}),
        serving_(tools_.river, [](std::exception_ptr) {}) {}

  Task<Outcome<>> prepare() override {
    auto job = [this] {
      auto taken = folder_.take(settings_.reuse);
      if (!taken) return taken;
      reusable_ = folder_.has_whole_data();
      note_ = reusable_ ? folder_.note() : std::string();
      if (!settings_.standby) folder_.mark_data_whole(false);
      return taken;
    };
    auto taken = co_await async::offload(tools_.pool, job);
    if (!taken) co_return taken;
    co_return co_await look_at_network();
  }

  std::optional<Isolation> isolation() const override { return isolation_; }

  Task<Outcome<Premises>> premises() override {
    auto job = [this]() -> Outcome<Premises> {
      auto free = tools_.files.free_bytes(folder_.path());
      if (!free) return core::fail(free.error());
      double load = 0;
      if (::getloadavg(&load, 1) != 1) load = 0;
      return Premises{*free, load / static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)))};
    };
    co_return co_await async::offload(tools_.pool, job);
  }

  std::string data_directory() const override { return folder_.data(); }
  bool may_reuse() const override { return reusable_; }
  std::string data_note() const override { return note_; }

  Task<Outcome<>> keep_data(std::optional<std::string> note) override {
    auto job = [&]() -> Outcome<> {
      if (note) return folder_.mark_data_whole_with(*note);
      folder_.mark_data_whole(false);
      return {};
    };
    auto kept = co_await async::offload(tools_.pool, job);
    if (kept && note) {
      reusable_ = true;
      note_ = *note;
    }
    co_return kept;
  }

  Task<Outcome<os::ToolResult>> run(catalogs::Step step, core::Duration limit) override {
    os::Command command;
    command.argv = as_user(std::move(step.argv));
    command.environment = std::move(step.environment);
    commands_.push_back(fmt::format("{}", fmt::join(command.argv, " ")));
    co_return co_await os::run_paced_tool(tools_.processes, tools_.clock, tools_.pool, std::move(command),
                                          limit, kept_output_bytes, settings_.most_bytes_per_second);
  }

  Task<Outcome<ControlData>> control_data() override {
    auto job = [this] { return find_binaries(); };
    auto found = co_await async::offload(tools_.pool, job);
    if (!found) co_return core::fail(found.error());
    binaries_ = *found;
    std::vector<std::string> words{"pg_controldata"};
    auto ran = co_await server_tool(std::move(words), short_limit);
    if (!ran) co_return core::fail(ran.error());
    if (!ran->exit.succeeded()) {
      co_return core::fail(Errc::corrupt,
                           "the restored data has no control file that can be read: " + ran->last_words());
    }
    co_return read_control_data(ran->output);
  }

  Task<Outcome<>> start_server(ServerPlan plan) override {
    FetchOrder order;
    order.plan = plan.fetch;
    for (auto* words : {&order.plan.argv, &order.plan.environment}) {
      for (auto& word : *words) word = core::replaced(std::move(word), "%d", folder_.data());
    }
    order.last = last_of_timelines(plan.archive);
    order.ahead = folder_.ahead();
    order.follows = plan.following.has_value();
    order.most_bytes_per_second =
        plan.following ? plan.following->most_bytes_per_second : settings_.most_bytes_per_second;
    const std::string log_before = std::move(fetch_log_);
    fetches_ = {};
    log_read_ = 0;
    // What a killed drill's server still runs must not write into the next one's log.
    fetch_log_ = folder_ / fmt::format("fetch-{}.log", tools_.clock.wall().time_since_epoch().count());
    order.log = fetch_log_;
    const bool cut = isolation_ && isolation_->cut;
    if (cut) order.desk = folder_ / "fetch.sock";
    auto job = [&] {
      if (settings_.standby) end_stragglers(folder_.data());
      std::error_code ignored;
      if (!log_before.empty()) std::filesystem::remove(log_before, ignored);
      return write_server(plan, order);
    };
    auto written = co_await async::offload(tools_.pool, job);
    if (!written) co_return written;
    if (settings_.fetch_ahead && !plan.following) start_ahead(plan, order);
    if (cut) {
      if (auto opened = start_desk(order); !opened) co_return opened;
    }
    os::Command command;
    const std::string into_log = fmt::format("exec \"$0\" \"$@\" >> '{}' 2>&1", folder_ / "server.log");
    command.argv = as_user({"/bin/sh", "-c", into_log, binaries_ + "/postgres", "-D", folder_.data(), "-c",
                            "config_file=" + (folder_ / "postgresql.conf")});
    command.environment = {"PGDATA=", "LC_ALL=C.UTF-8"};
    command.directory = folder_.data();
    command.capture_output = false;
    command.die_with_agent = true;
    command.own_network = cut;
    commands_.push_back(fmt::format("{}", fmt::join(command.argv, " ")));
    auto started = co_await tools_.processes.start(std::move(command));
    if (!started) co_return core::fail("cannot start the restored server", started.error());
    server_ = std::move(*started);
    co_return Outcome<>();
  }

  Task<std::optional<std::string>> server_ended() override {
    if (!server_) co_return "it is not running";
    const auto ended = co_await async::with_deadline(tools_.clock, 1ms, server_->wait());
    if (!ended) co_return std::nullopt;
    auto job = [this] { return tools_.files.read_all(folder_ / "server.log", most_log_bytes); };
    const auto log = co_await async::offload(tools_.pool, job);
    std::string words = log ? last_words_of_log(*log) : std::string();
    // Whoever was killed could not say so.
    if (!ended->exited) co_return ended->sentence() + (words.empty() ? "" : "; before: " + words);
    co_return words.empty() ? ended->sentence() : words;
  }

  Task<Outcome<std::unique_ptr<sql::Connection>>> connect(std::string database,
                                                          core::Duration limit) override {
    std::string dsn = fmt::format("host='{}' port=5432 user={} dbname={} sslmode=disable", folder_.socket(),
                                  sql::quoted_in_dsn(settings_.role), sql::quoted_in_dsn(database));
    co_return co_await tools_.driver.connect(std::move(dsn), "outrider drill", limit);
  }

  Task<Fetches> fetches() override {
    auto job = [this] { return read_behind(fetch_log_, log_read_); };
    const std::string fresh = co_await async::offload(tools_.pool, job);
    // A line that is being written is read the next time.
    const std::size_t whole = fresh.rfind('\n') + 1;  // npos + 1 == 0
    read_fetch_lines(std::string_view(fresh).substr(0, whole), fetches_);
    log_read_ += whole;
    if (settings_.standby && log_read_ > most_said_bytes) {
      // A line that is written between reading and cutting is lost; the next answer says it again.
      auto cut = [this] { cut_logs(); };
      co_await async::offload(tools_.pool, cut);
    }
    co_return fetches_;
  }

  Task<Outcome<>> stop_server() override {
    co_await ahead_.stop();
    if (!server_) co_return Outcome<>();
    (void)server_->signal(SIGINT);  // fast: what is on the disk is then whole
    const auto ended = co_await async::with_deadline(tools_.clock, settings_.stop_limit, server_->wait());
    if (!ended) (void)server_->signal_group(SIGKILL);
    server_.reset();
    co_await serving_.stop();
    stopped_well_ = ended.has_value();
    if (settings_.standby) {
      // A fetch that waits is no child of ours, and would wait on.
      auto job = [this] { end_stragglers(folder_.data()); };
      co_await async::offload(tools_.pool, job);
    }
    if (ended) co_return Outcome<>();
    co_return core::fail(Errc::timed_out, "the restored server did not stop, and was killed");
  }

  Task<Outcome<os::ToolResult>> server_tool(std::vector<std::string> arguments,
                                            core::Duration limit) override {
    os::Command command;
    const std::string tool = arguments.front();
    arguments.front() = binaries_ + "/" + tool;
    const bool of_data = tool == "pg_controldata" || tool == "pg_checksums";
    if (of_data) arguments.insert(arguments.begin() + 1, {"-D", folder_.data()});
    command.argv = as_user(std::move(arguments));
    command.environment = {"LC_ALL=C",
                           "PGHOST=" + folder_.socket(),
                           "PGPORT=5432",
                           "PGUSER=" + settings_.role,
                           "PGDATABASE=postgres",
                           "PGSSLMODE=disable"};
    commands_.push_back(fmt::format("{}", fmt::join(command.argv, " ")));
    co_return co_await os::run_tool(tools_.processes, tools_.clock, std::move(command), limit,
                                    kept_output_bytes, [](std::string_view, bool) {});
  }

  Task<Outcome<>> tear_down(bool keep_data) override {
    co_await ahead_.stop();
    // What is kept must be whole: only a server that stopped by itself leaves it so.
    auto stopped = keep_data ? co_await stop_server() : Outcome<>();
    co_await end_server();
    co_await serving_.stop();
    desk_.reset();
    const bool keep = keep_data && stopped && stopped_well_;
    auto job = [this, keep]() -> Outcome<> {
      if (!folder_.taken()) return {};  // then whatever is there is somebody else's
      end_stragglers(folder_.data());
      auto cleared = folder_.clear(keep);
      folder_.mark_data_whole(keep);
      return cleared;
    };
    co_return co_await async::offload(tools_.pool, job);
  }

  std::vector<std::string> commands() const override { return commands_; }

 private:
  // At once. The server is asked to do it itself, since its processes and what they run are no children of
  // ours and in groups of their own: what is merely killed leaves a fetch behind that goes on writing.
  Task<void> end_server() {
    if (!server_) co_return;
    (void)server_->signal(SIGQUIT);
    const auto ended = co_await async::with_deadline(tools_.clock, quit_limit, server_->wait());
    if (!ended) (void)server_->signal_group(SIGKILL);
    server_.reset();
  }

  // Found out by doing it, before anything is restored.
  Task<Outcome<>> look_at_network() {
    std::vector<std::string> trial = as_user({"true"});
    auto found = co_await try_isolation(tools_.processes, tools_.clock, std::move(trial), settings_.network);
    if (!found) co_return core::fail(found.error());
    isolation_ = std::move(*found);
    co_return Outcome<>();
  }

  Outcome<> start_desk(const FetchOrder& order) {
    DeskOrder desk{order, folder_.data()};
    desk.fetch.plan.argv = as_user(std::move(desk.fetch.plan.argv));
    DeskTools desk_tools{tools_.clock, tools_.river, tools_.pool, tools_.processes, tools_.log};
    auto opened = open_desk(std::move(desk_tools), std::move(desk));
    if (!opened) return core::fail("cannot fetch for the restored server", opened.error());
    desk_ = std::move(*opened);
    serving_.start(desk_->run());
    return folder_.give(order.desk);
  }

  std::vector<std::string> as_user(std::vector<std::string> argv) const {
    std::vector<std::string> words;
    if (::geteuid() == 0 && !settings_.user.empty()) words = os::as_user(settings_.user, settings_.user);
    if (!settings_.cgroup.empty()) {
      const std::string enter = "echo $$ > \"$0/cgroup.procs\" || exit 126; exec \"$@\"";
      words.insert(words.begin(), {"/bin/sh", "-c", enter, settings_.cgroup});
    }
    if (settings_.niceness > 0) {
      words.insert(words.end(), {"ionice", "-c", "2", "-n", "7", "--"});
      words.insert(words.end(), {"nice", "-n", std::to_string(settings_.niceness)});
    }
    words.insert(words.end(), std::make_move_iterator(argv.begin()), std::make_move_iterator(argv.end()));
    return words;
  }

  Outcome<std::string> find_binaries() const {
    if (!settings_.binaries.empty()) return settings_.binaries;
    auto version = tools_.files.read_all(folder_.data() + "/PG_VERSION", 64);
    if (!version) {
      return core::fail(Errc::corrupt,
                        "the restored data directory has no PG_VERSION: " + version.error().what);
    }
    while (!version->empty() && version->back() == '\n') version->pop_back();
    std::string tried;
    for (const std::string& place :
         {"/usr/lib/postgresql/" + *version + "/bin", "/usr/pgsql-" + *version + "/bin",
          std::string("/usr/local/pgsql/bin")}) {
      if (tools_.files.exists(place + "/postgres")) return place;
      tried += (tried.empty() ? "" : ", ") + place;
    }
    return core::fail(Errc::not_found,
                      "there is no PostgreSQL " + *version + " here (looked in " + tried + ")",
                      "install it, or set recovery.drill.binaries");
  }

  Outcome<> write_server(const ServerPlan& plan, const FetchOrder& order) const {
    const std::string command = restore_command(order, tools_.program, folder_ / "fetch.json");
    const std::vector<std::pair<std::string, std::string>> files = {
        {"fetch.json", to_json(order)},
        {"server.log", ""},
        {"pg_hba.conf", server_access()},
        {"postgresql.conf", server_settings(plan, command, folder_.socket(), folder_ / "pg_hba.conf")},
        // Over whatever the restore left of the source's own: this file is read last, whatever config_file
        // says.
        {"data/postgresql.auto.conf", ""},
        {"data/standby.signal", ""}};
    for (const auto& [name, content] : files) {
      if (auto written = folder_.write(name, content); !written) return written;
    }
    std::error_code ignored;
    std::filesystem::remove(folder_.data() + "/recovery.signal", ignored);
    std::filesystem::remove(folder_.data() + "/postmaster.pid", ignored);
    return {};
  }

  void cut_logs() {
    std::error_code ignored;
    std::filesystem::resize_file(fetch_log_, 0, ignored);
    std::filesystem::resize_file(folder_ / "server.log", 0, ignored);
    log_read_ = 0;
  }

  void start_ahead(const ServerPlan& plan, const FetchOrder& order) {
    if (plan.way.empty()) return;
    AheadOrder ahead{order, plan.way, settings_.lanes};
    ahead.fetch.plan.argv = as_user(ahead.fetch.plan.argv);
    ahead_.start(fetch_ahead(tools_.processes, tools_.clock, tools_.pool, std::move(ahead)));
  }

  GroundTools tools_;
  GroundSettings settings_;
  ScratchFolder folder_;
  async::Slot ahead_;
  std::unique_ptr<net::Server> desk_;
  async::Slot serving_;  // at the desk
  std::optional<Isolation> isolation_;
  std::string binaries_;
  std::unique_ptr<os::Process> server_;
  bool reusable_ = false;
  std::string note_;
  bool stopped_well_ = false;
  Fetches fetches_;
  std::string fetch_log_;
  std::uint64_t log_read_ = 0;
  std::vector<std::string> commands_;
};

}  // namespace

std::unique_ptr<Ground> make_ground(GroundTools tools, GroundSettings settings) {
  return std::make_unique<RealGround>(std::move(tools), std::move(settings));
}

}  // namespace outrider::recovery
