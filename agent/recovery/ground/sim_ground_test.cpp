// The simulated ground itself; what is tested with it is in drill_test.cpp.
#include "agent/recovery/ground/sim_ground.hpp"

#include "agent/recovery/fingerprint/actors/sim_source.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using core::Outcome;
using core::Task;

os::ToolResult ended(int code, std::string errors = {}) {
  os::ToolResult result;
  result.exit.exited = true;
  result.exit.code = code;
  result.errors = std::move(errors);
  return result;
}

sql::Rows one_row(std::vector<std::string> columns, std::vector<sql::Value> values) {
  sql::Rows rows;
  rows.columns = std::move(columns);
  rows.rows.push_back(std::move(values));
  return rows;
}

std::string name(std::uint64_t number) { return wal::segment_name({1, number}, sim_segment_bytes); }

class SimConnection final : public sql::Connection {
 public:
  explicit SimConnection(SimGround& ground) : ground_(ground) {}
  Task<Outcome<sql::Rows>> query(std::string statement, std::vector<sql::Value>,
                                 core::Duration limit) override {
    co_return co_await ground_.answer(std::move(statement), limit);
  }
  bool open() const override { return ground_.alive(); }
  std::string sqlstate() const override { return {}; }

 private:
  SimGround& ground_;
};

}  // namespace

bool SimRuin::any() const {
  return restore_says_corrupt || no_control_file || other_cluster || hole || broken || canary_altered ||
         canary_short || relation_short || rows_differ || zero_pages || index_wrong || checksum_wrong ||
         statement_false || content_stale || file_differs;
}

// Every call takes its time; a hanging one takes all it may, or ten minutes where nothing limits it.
Task<Outcome<>> SimGround::go(std::string call, core::Duration limit) {
  if (teardowns > 0 && call != "tear_down") ++calls_after_teardown;
  const auto found = site_.trouble.calls.find(call);
  const SimFault fault = found == site_.trouble.calls.end() ? SimFault::none : found->second;
  if (fault == SimFault::hangs) {
    co_await clock_.sleep(std::min<core::Duration>(limit, 10min));
    if (limit <= 10min) co_return core::fail(Errc::timed_out, call + " took too long");
  }
  co_await clock_.sleep(std::min(site_.step, limit));
  if (fault == SimFault::fails) co_return core::fail(Errc::unavailable, call + " failed");
  co_return Outcome<>();
}

bool SimGround::alive() const {
  if (!started_ || stopped_ || teardowns > 0) return false;
  return !site_.trouble.server_dies || clock_.now() < *started_ + *site_.trouble.server_dies;
}

std::uint64_t SimGround::asking_for() const {
  const auto passed = started_ ? (clock_.now() - *started_) / site_.step : 0;
  std::uint64_t at = std::min(site_.first + static_cast<std::uint64_t>(passed), site_.last + 1);
  if (target_) at = std::min(at, *target_);
  for (const auto& stop : {site_.ruin.hole, site_.ruin.broken, site_.trouble.flaky})
    if (stop) at = std::min(at, *stop);
  return at;
}

wal::Lsn SimGround::reached() const { return wal::Lsn{asking_for() * sim_segment_bytes}; }

Task<Outcome<>> SimGround::prepare() { co_return co_await go("prepare", 1h); }

Task<Outcome<>> SimGround::keep_data(std::optional<std::string>) {
  co_return core::fail(Errc::unsupported, "a drill's data are kept by tear_down()");
}

Task<Outcome<Premises>> SimGround::premises() {
  auto gone = co_await go("premises", 1h);
  if (!gone) co_return core::fail(gone.error());
  co_return Premises{1ULL << 40, 0.5};
}

Task<Outcome<os::ToolResult>> SimGround::run(catalogs::Step, core::Duration limit) {
  auto gone = co_await go("run", limit);
  if (!gone) co_return core::fail(gone.error());
  if (site_.ruin.restore_says_corrupt) co_return ended(29, "ERROR: checksum does not match");
  if (site_.trouble.tool_code && site_.trouble.tool_code->first == "restore")
    co_return ended(site_.trouble.tool_code->second, "ERROR: the network is down");
  co_return ended(0);
}

Task<Outcome<ControlData>> SimGround::control_data() {
  auto gone = co_await go("control_data", 1h);
  if (!gone) co_return core::fail(gone.error());
  if (site_.ruin.no_control_file)
    co_return core::fail(Errc::corrupt, "the restored data has no control file that can be read");
  ControlData data;
  data.system_id = site_.ruin.other_cluster ? sim_system + 1 : sim_system;
  data.timeline = 1;
  data.checksums = true;
  co_return data;
}

Task<Outcome<>> SimGround::start_server(ServerPlan plan) {
  auto gone = co_await go("start_server", 1h);
  if (!gone) co_return core::fail(gone.error());
  const auto to = plan.target.lsn ? plan.target.lsn : plan.target.lies_at;
  if (to) target_ = to->value / sim_segment_bytes;
  if (to && site_.trouble.same_name) target_ = std::min(*target_, *site_.trouble.same_name);
  started_ = clock_.now();
  stopped_ = false;
  co_return Outcome<>();
}

Task<std::optional<std::string>> SimGround::server_ended() {
  co_await clock_.sleep(1ms);
  if (alive()) co_return std::nullopt;
  co_return site_.trouble.last_words.empty() ? "killed by signal 9 (SIGKILL)" : site_.trouble.last_words;
}

Task<Outcome<std::unique_ptr<sql::Connection>>> SimGround::connect(std::string, core::Duration limit) {
  auto gone = co_await go("connect", limit);
  if (!gone) co_return core::fail(gone.error());
  if (!alive()) co_return core::fail(Errc::unavailable, "connection refused");
  if (asking_for() < site_.first + 2)
    co_return core::fail(Errc::unavailable, "FATAL:  the database system is starting up");
  co_return std::make_unique<SimConnection>(*this);
}

Task<Fetches> SimGround::fetches() {
  co_await clock_.sleep(1ms);
  Fetches fetches;
  const std::uint64_t at = asking_for();
  fetches.served = at - site_.first;
  fetches.last_served = name(at - 1);
  fetches.times_in_a_row = 1;
  if (site_.trouble.flaky == at) {
    fetches.trouble = name(at) + " could not be fetched: exited with code 49: the network is down";
    trouble_told = true;
  } else if (site_.ruin.hole == at || at > site_.last) {
    fetches.absent = name(at);
    fetches.absent_in_a_row = ++absent_times_;
  } else if (site_.ruin.broken == at) {
    fetches.last_served = name(at);
    fetches.times_in_a_row = ++absent_times_;
  }
  co_return fetches;
}

Task<Outcome<>> SimGround::stop_server() {
  auto gone = co_await go("stop_server", 1h);
  if (!gone) co_return core::fail(gone.error());
  stopped_ = true;
  co_return Outcome<>();
}

Task<Outcome<os::ToolResult>> SimGround::server_tool(std::vector<std::string> arguments,
                                                     core::Duration limit) {
  auto gone = co_await go(arguments.front(), limit);
  if (!gone) co_return core::fail(gone.error());
  const bool amcheck = arguments.front() == "pg_amcheck";
  if (amcheck && !alive()) co_return ended(1, "connection refused");
  if (amcheck && site_.ruin.index_wrong) co_return ended(2, "item order invariant violated");
  const bool manifest = arguments.front() == "pg_verifybackup";
  if (manifest && site_.ruin.file_differs)
    co_return ended(1, "pg_verifybackup: error: checksum mismatch for file \"base/5/16384\"");
  if (!amcheck && !manifest && site_.ruin.checksum_wrong)
    co_return ended(1, "checksum verification failed in file 1");
  if (site_.trouble.tool_code && site_.trouble.tool_code->first == arguments.front())
    co_return ended(site_.trouble.tool_code->second, "it does not feel well");
  co_return ended(0);
}

Task<Outcome<>> SimGround::tear_down(bool keep_data) {
  ++teardowns;
  kept = keep_data;
  auto gone = co_await go("tear_down", 1h);
  co_return gone;
}

sql::Rows SimGround::replay_row() const {
  const char* const paused = target_ && asking_for() == *target_ ? "t" : "f";
  return one_row({"lsn", "paused", "committed"}, {reached().text(), paused, "1700000000"});
}

Task<Outcome<sql::Rows>> SimGround::answer(std::string statement, core::Duration limit) {
  const auto has = [&](std::string_view what) { return statement.find(what) != std::string::npos; };
  const std::string call = has("pg_promote")         ? "promote"
                           : has("outrider.canary")  ? "canary"
                           : has("hashtextextended") ? "hash"
                                                     : "ask";
  auto gone = co_await go(call, limit);
  if (!gone) co_return core::fail(gone.error());
  if (!alive()) co_return core::fail(Errc::unavailable, "the server closed the connection");
  if (site_.trouble.silent.contains(call)) co_return core::fail(Errc::refused, "permission denied");
  const SimRuin& ruin = site_.ruin;
  if (has("pg_last_wal_replay_lsn")) co_return replay_row();
  if (has("outrider.canary")) {
    const std::string last = std::to_string(ruin.canary_short ? sim_canaries - 2 : sim_canaries);
    co_return one_row(
        {"rows", "first", "last", "broken_at", "last_unbroken", "last_hash"},
        {last, "1", last, ruin.canary_altered ? sql::Value("3") : sql::Value(), last, "hash" + last});
  }
  if (has("server_version_num")) co_return one_row({"number"}, {"150018"});
  if (has("collversion")) {
    if (!site_.trouble.sorts_otherwise) co_return sql::Rows();
    co_return one_row({"name", "made", "here"}, {"database postgres", "2.31", "2.36"});
  }
  if (has("datname")) co_return sim_databases();
  if (has("relispopulated")) co_return sim_tables(false);
  if (has("hashtextextended")) co_return sim_hash(ruin.content_stale ? "6" : "7", reached().text());
  if (has("get_raw_page")) {
    if (!ruin.zero_pages) co_return sql::Rows();
    co_return one_row({"name", "index_name", "pages", "number"}, {"notes", "notes_pkey", "{5}", "1"});
  }
  if (has("bt_page_items")) co_return one_row({"rows"}, {"120"});
  if (has("ctid <")) co_return one_row({"rows"}, {ruin.zero_pages ? "0" : "80"});
  if (has("pg_relation_filepath"))
    co_return one_row({"name", "path", "page"}, {"notes", "base/5/16384", "8192"});
  if (has("relpages,"))
    co_return one_row({"name", "relpages", "bytes", "page"},
                      {"notes", "10", ruin.relation_short ? "8192" : "81920", "8192"});
  if (has("reltuples")) co_return one_row({"name", "tuples"}, {"notes", "100"});
  if (has("enable_seqscan = off")) counts_by_index_ = true;
  if (has("enable_seqscan = on")) counts_by_index_ = false;
  if (has("count(*) AS n"))
    co_return one_row({"n"}, {ruin.rows_differ && counts_by_index_ ? "100"
                              : ruin.rows_differ                   ? "80"
                                                                   : "100"});
  if (has("pg_promote")) co_return one_row({"done"}, {"t"});
  if (has("users_own")) co_return one_row({"good"}, {ruin.statement_false ? "f" : "t"});
  co_return sql::Rows();
}

}  // namespace outrider::recovery
