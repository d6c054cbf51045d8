#include "agent/recovery/witness/witness.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/witness/databases.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;
using core::Task;

// Tables with a valid, whole btree index, largest first; the planner is to count through the one or the
// other.
constexpr const char* tables_with_index =
    "SELECT c.oid::regclass::text AS name, c.reltuples::bigint AS tuples FROM pg_class c"
    " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND EXISTS (SELECT FROM pg_index i JOIN pg_class x"
    " ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam AND a.amname = 'btree'"
    " WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL) ORDER BY c.relpages DESC, c.oid";

constexpr const char* through_the_table =
    "SET enable_seqscan = on; SET enable_indexscan = off; SET enable_indexonlyscan = off; SET "
    "enable_bitmapscan = off";
// Where plain index scans are off, index-only ones are as dear as the table itself, which is then taken.
constexpr const char* through_an_index =
    "SET enable_seqscan = off; SET enable_indexscan = on; SET enable_indexonlyscan = on; SET "
    "enable_bitmapscan = off";

struct RowsSeen {
  std::uint64_t tables = 0, rows = 0;
  std::string wrong;  // the first
};

Task<core::Outcome<std::int64_t>> count(sql::Connection& connection, std::string way, std::string table,
                                        core::Duration limit) {
  auto set = co_await connection.ask(std::move(way), limit);
  if (!set) co_return core::fail(set.error());
  std::string statement = "SELECT count(*) AS n FROM " + table;
  auto counted = co_await connection.ask(std::move(statement), limit);
  if (!counted) co_return core::fail("cannot count " + table, counted.error());
  co_return counted->whole(0, "n").value_or(-1);
}

Task<core::Outcome<>> count_tables(WitnessTools tools, std::string database, RowsSeen& seen) {
  auto connected = co_await tools.ground.connect(database, tools.limit);
  if (!connected) co_return core::fail(connected.error());
  sql::Connection& connection = **connected;
  auto tables = co_await connection.ask(tables_with_index, tools.limit);
  if (!tables) co_return core::fail(tables.error());
  for (std::size_t i = 0; i < tables->rows.size() && seen.wrong.empty(); ++i) {
    const std::string table = tables->text(i, "name").value_or("");
    auto by_table = co_await count(connection, through_the_table, table, tools.limit);
    if (!by_table) co_return core::fail(by_table.error());
    auto by_index = co_await count(connection, through_an_index, table, tools.limit);
    if (!by_index) co_return core::fail(by_index.error());
    ++seen.tables;
    seen.rows += static_cast<std::uint64_t>(std::max<std::int64_t>(*by_table, 0));
    if (*by_table != *by_index) {
      seen.wrong = fmt::format("{} in {} has {} rows, its index {}", table, database, *by_table, *by_index);
    }
  }
  co_return core::Outcome<>();
}

Task<core::Outcome<>> find_short(WitnessTools tools, std::string database, std::string& wrong,
                                 std::uint64_t& looked_at) {
  auto connected = co_await tools.ground.connect(database, tools.limit);
  if (!connected) co_return core::fail(connected.error());
  auto rows = co_await (*connected)
                  ->ask(
                      "SELECT oid::regclass::text AS name, relpages, pg_relation_size(oid) AS bytes,"
                      " current_setting('block_size')::int AS page FROM pg_class"
                      " WHERE relkind IN ('r', 'i', 't', 'm') AND relpersistence = 'p'",
                      tools.limit);
  if (!rows) co_return core::fail(rows.error());
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    const auto pages = rows->whole(i, "relpages").value_or(0);
    const auto bytes = rows->whole(i, "bytes").value_or(0);
    const auto page = rows->whole(i, "page").value_or(8192);
    ++looked_at;
    if (bytes < pages * page && wrong.empty()) {
      wrong = fmt::format("{} in {} has {} pages, and had {}", rows->text(i, "name").value_or(""), database,
                          bytes / page, pages);
    }
  }
  co_return core::Outcome<>();
}

}  // namespace

Task<Witness> ask_canary(WitnessTools tools, const Source& source, core::WallTime cut, wal::Lsn reached,
                         std::optional<CanaryFinding>& finding) {
  const Stopwatch watch(tools.clock, "canary");
  auto connected = co_await tools.ground.connect("postgres", tools.limit);
  if (!connected) co_return watch.says(Standing::unknown, connected.error().what);
  auto chain = co_await read_chain(**connected, tools.limit);
  if (!chain) co_return watch.says(standing_of(chain.error()), chain.error().what);
  finding = compare(source.acknowledged, *chain, cut);
  if (chain->broken_at) {
    co_return watch.says(
        Standing::not_ok,
        fmt::format("row {} does not follow from the one before it, or was altered", *chain->broken_at));
  }
  if (chain->rows == 0) co_return watch.says(Standing::unknown, "no canary had been written");
  for (const auto& row : source.acknowledged) {
    const bool ought_to_be_here = row.time <= cut && row.commit <= reached;
    const bool is_here = row.id < chain->last || (row.id == chain->last && row.hash == chain->last_hash);
    if (ought_to_be_here && !is_here) {
      co_return watch.says(Standing::not_ok, fmt::format("row {} was committed before {} and is not there",
                                                         row.id, reached.text()));
    }
  }
  std::string detail = fmt::format("rows {} to {}, unbroken", chain->first, chain->last);
  if (finding && finding->first_lost) {
    detail += fmt::format("; row {} is the first that was acknowledged and did not come back",
                          *finding->first_lost);
  }
  co_return watch.says(Standing::ok, std::move(detail));
}

Task<Witness> ask_lengths(WitnessTools tools) {
  const Stopwatch watch(tools.clock, "relation lengths");
  auto names = co_await databases(tools);
  if (!names) co_return watch.says(Standing::unknown, names.error().what);
  std::string wrong;
  std::uint64_t looked_at = 0;
  for (const auto& name : *names) {
    auto looked = co_await find_short(tools, name, wrong, looked_at);
    if (!looked) co_return watch.says(standing_of(looked.error()), looked.error().what);
  }
  if (!wrong.empty()) co_return watch.says(Standing::not_ok, wrong);
  co_return watch.says(Standing::ok, fmt::format("{} relations are as long as they were", looked_at));
}

Task<Witness> ask_rows(WitnessTools tools) {
  const Stopwatch watch(tools.clock, "rows by index");
  auto names = co_await databases(tools);
  if (!names) co_return watch.says(Standing::unknown, names.error().what);
  RowsSeen seen;
  for (const auto& name : *names) {
    auto counted = co_await count_tables(tools, name, seen);
    if (!counted) co_return watch.says(standing_of(counted.error()), counted.error().what);
    if (!seen.wrong.empty()) co_return watch.says(Standing::not_ok, seen.wrong);
  }
  co_return watch.says(Standing::ok,
                       fmt::format("{} rows in {} tables, the same through the table and through an index",
                                   seen.rows, seen.tables));
}

Task<Witness> ask_statement(WitnessTools tools, SqlCheck check) {
  const Stopwatch watch(tools.clock, "sql: " + check.statement);
  auto connected = co_await tools.ground.connect(check.database, tools.limit);
  if (!connected) co_return watch.says(Standing::unknown, connected.error().what);
  auto rows = co_await (*connected)->ask(check.statement, tools.limit);
  if (!rows) {
    // The statement is the user's assertion: that it cannot even be run on the copy is an answer, unless it
    // was too slow or the server went away.
    const bool said_no = rows.error().code == core::Errc::refused ||
                         rows.error().code == core::Errc::denied || rows.error().code == core::Errc::corrupt;
    co_return watch.says(said_no ? Standing::not_ok : Standing::unknown, rows.error().what);
  }
  if (rows->empty() || rows->columns.empty()) co_return watch.says(Standing::not_ok, "it gave no row");
  const auto truth = rows->truth(0, rows->columns.front());
  if (!truth) {
    co_return watch.says(Standing::unknown, fmt::format("its answer is neither true nor false: {}",
                                                        rows->rows[0][0].value_or("NULL")));
  }
  co_return watch.says(*truth ? Standing::ok : Standing::not_ok, *truth ? "true" : "false");
}

Task<Witness> ask_amcheck(WitnessTools tools) {
  const Stopwatch watch(tools.clock, "amcheck");
  std::vector<std::string> arguments{"pg_amcheck", "--all", "--install-missing", "--heapallindexed"};
  auto ran = co_await tools.ground.server_tool(std::move(arguments), tools.limit);
  if (!ran) co_return watch.says(Standing::unknown, ran.error().what);
  if (ran->exit.succeeded()) co_return watch.says(Standing::ok, "tables and indexes hold together");
  constexpr int found_corruption = 2;
  const bool found = ran->exit.exited && ran->exit.code == found_corruption;
  const std::string said =
      ran->output.empty() ? ran->last_words() : ran->output.substr(0, ran->output.find('\n'));
  co_return watch.says(found ? Standing::not_ok : Standing::unknown, said);
}

Task<Witness> ask_manifest(WitnessTools tools) {
  const Stopwatch watch(tools.clock, "manifest");
  std::vector<std::string> arguments{"pg_verifybackup", "--no-parse-wal"};
  // What the tools that restore write beside what was backed up.
  for (const char* name : {"postgresql.auto.conf", "postgresql.auto.conf.origin", "postgresql.conf.origin",
                           "recovery.signal", "standby.signal", ".barman-recover.info", "barman_wal"}) {
    arguments.emplace_back("--ignore=" + std::string(name));
  }
  arguments.push_back(tools.ground.data_directory());
  auto ran = co_await tools.ground.server_tool(std::move(arguments), tools.limit);
  if (!ran) co_return watch.says(Standing::unknown, ran.error().what);
  if (ran->exit.succeeded()) co_return watch.says(Standing::ok, "every file is as the manifest has it");
  for (std::string_view rest = ran->errors; !rest.empty();) {
    const std::string_view line = core::take_line(rest);
    const auto says = [&](std::string_view what) { return line.find(what) != std::string_view::npos; };
    // Anything else that it stumbles over, a file too many among it, says nothing of what was backed up.
    if (says("checksum mismatch") || says("in the manifest but not on disk") || says(" has size "))
      co_return watch.says(Standing::not_ok, std::string(line));
  }
  co_return watch.says(Standing::unknown, ran->last_words());
}

Task<Witness> ask_checksums(WitnessTools tools, bool enabled) {
  const Stopwatch watch(tools.clock, "page checksums");
  if (!enabled) co_return watch.says(Standing::unknown, "page checksums are off in this cluster");
  std::vector<std::string> arguments{"pg_checksums", "--check"};
  auto ran = co_await tools.ground.server_tool(std::move(arguments), tools.limit);
  if (!ran) co_return watch.says(Standing::unknown, ran.error().what);
  if (ran->exit.succeeded())
    co_return watch.says(Standing::ok, "every page has the checksum it was written with");
  const bool bad = ran->output.find("Bad checksums:") != std::string::npos ||
                   ran->errors.find("checksum verification failed") != std::string::npos;
  co_return watch.says(bad ? Standing::not_ok : Standing::unknown, ran->last_words());
}

}  // namespace outrider::recovery
