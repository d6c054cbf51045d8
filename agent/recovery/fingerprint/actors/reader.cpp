#include "agent/recovery/fingerprint/actors/reader.hpp"

#include "agent/config/values/postgres_dsn.hpp"
#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/sql/dsn.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr int least_version = 140'000;
constexpr std::uint64_t last_block = 4'294'967'295;
// Beyond the server's own limit, so that it is the server who ends the statement, and the session goes on.
constexpr core::Duration slack = std::chrono::seconds(2);

constexpr const char* start_statement =
    "SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,"
    " (SELECT system_identifier FROM pg_control_system()) AS system,"
    " CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() END AS lsn,"
    " CASE WHEN NOT pg_is_in_recovery() THEN ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1,"
    " 8))::bit(32)::int END AS timeline";

// A table under an exclusive lock is not asked for its length: that would wait.
constexpr const char* tables_statement =
    "SELECT t.id, t.name, t.plain, t.page, t.why, CASE WHEN t.locked THEN t.pages ELSE"
    " pg_relation_size(t.id::oid) / t.page END AS blocks, CASE WHEN t.locked OR t.large = 0 THEN 0 ELSE"
    " pg_relation_size(t.large::oid) END AS large FROM (SELECT c.oid::bigint AS id,"
    " quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, n.nspname || '.' || c.relname AS "
    "plain,"
    " current_setting('block_size')::bigint AS page, c.relpages::bigint AS pages,"
    " c.reltoastrelid::bigint AS large, EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid AND"
    " l.mode = 'AccessExclusiveLock') AS locked, CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') OR NOT"
    " has_table_privilege(c.oid, 'SELECT') THEN 'denied' WHEN row_security_active(c.oid) THEN 'policy' ELSE "
    "''"
    " END AS why FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = "
    "c.relam"
    " WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND c.relispopulated AND a.amname = 'heap'"
    " AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT (n.nspname = 'outrider' AND"
    " c.relname = 'canary') ORDER BY c.oid) AS t";

std::string milliseconds(core::Duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count());
}

std::uint64_t number(const sql::Rows& rows, std::size_t row, std::string_view column) {
  return static_cast<std::uint64_t>(rows.whole(row, column).value_or(0));
}

// "734:740:734,736": from the second number on nobody has ended; behind the second colon stand those before
// it. Who has a number from there on and is being committed is in no list.
core::Outcome<UnderWay> under_way_in(std::string_view snapshot) {
  UnderWay found;
  const auto first = snapshot.find(':'), second = snapshot.rfind(':');
  const auto unreadable = core::fail(Errc::internal, "cannot read which transactions are under way");
  if (first == second) return unreadable;
  const auto from = core::read_number<std::uint64_t>(snapshot.substr(first + 1, second - first - 1));
  if (!from) return unreadable;
  found.from = *from;
  for (std::string_view rest = snapshot.substr(second + 1); !rest.empty();) {
    const auto id = core::read_number<std::uint64_t>(core::take_until(rest, ','));
    if (!id) return unreadable;
    found.ids.insert(*id);
  }
  return found;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

Task<Outcome<>> pin_session(sql::Connection& connection, core::Duration limit) {
  std::string statement =
      "SET search_path = pg_catalog; SET default_transaction_read_only = on; SET lock_timeout = '1s';"
      " SET row_security = off; SET jit = off; SET max_parallel_workers_per_gather = 0; SET enable_seqscan = "
      "off;"
      " SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';"
      " SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C';"
      " SET quote_all_identifiers = off; SET statement_timeout = " +
      milliseconds(limit);
  auto done = co_await connection.ask(std::move(statement), limit + slack);
  if (!done) co_return core::fail("cannot set the session up", done.error());
  co_return Outcome<>();
}

Task<Outcome<Pass>> begin_pass(sql::Connection& connection, core::Duration limit) {
  auto seen = co_await connection.ask(start_statement, limit + slack);
  if (!seen) co_return core::fail(seen.error());
  if (seen->whole(0, "version").value_or(0) < least_version) {
    co_return core::fail(Errc::unsupported, "content is hashed on PostgreSQL 14 and later only");
  }
  const auto lsn = wal::parse_lsn(seen->text(0, "lsn").value_or(""));
  if (seen->truth(0, "standby").value_or(true) || !lsn) {
    co_return core::fail(Errc::unsupported, "the database is a standby, whose content lags",
                         "let recovery.postgres.dsn lead to the primary");
  }
  Pass pass;
  pass.system = number(*seen, 0, "system");
  pass.timeline = static_cast<std::uint32_t>(number(*seen, 0, "timeline"));
  pass.to = *lsn;
  // A transaction whose commit is in the WAL before that place, and which nobody can see yet, is in this
  // list.
  auto others = co_await connection.ask("SELECT pg_current_snapshot()::text AS snapshot", limit + slack);
  if (!others) co_return core::fail(others.error());
  auto under_way = under_way_in(others->text(0, "snapshot").value_or(""));
  if (!under_way) co_return core::fail(under_way.error());
  pass.under_way = std::move(*under_way);
  co_return pass;
}

Task<Outcome<std::vector<DatabaseName>>> list_databases(sql::Connection& connection, core::Duration limit) {
  auto rows = co_await connection.ask(
      "SELECT oid::bigint AS id, datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY "
      "oid",
      limit + slack);
  if (!rows) co_return core::fail(rows.error());
  std::vector<DatabaseName> list;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    list.push_back(
        {static_cast<std::uint32_t>(number(*rows, i, "id")), rows->text(i, "datname").value_or("")});
  }
  co_return list;
}

Task<Outcome<std::vector<Table>>> list_tables(sql::Connection& connection, DatabaseName database,
                                              core::Duration limit) {
  auto rows = co_await connection.ask(tables_statement, limit + slack);
  if (!rows) co_return core::fail("cannot list the tables of " + database.name, rows.error());
  std::vector<Table> tables;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    Table table;
    table.database = database.id;
    table.database_name = database.name;
    table.id = static_cast<std::uint32_t>(number(*rows, i, "id"));
    table.name = rows->text(i, "name").value_or("");
    table.plain = rows->text(i, "plain").value_or("");
    table.blocks = number(*rows, i, "blocks");
    table.block_bytes = number(*rows, i, "page");
    table.large_bytes = number(*rows, i, "large");
    const std::string why = rows->text(i, "why").value_or("");
    table.by_grant = why == "denied";
    if (why == "denied") table.unreadable = "this role may not read it";
    if (why == "policy") table.unreadable = "a row security policy hides some of its rows from this role";
    tables.push_back(std::move(table));
  }
  co_return tables;
}

Task<Outcome<Observation>> hash_chunk(sql::Connection& connection, std::string table, ChunkId id,
                                      core::Duration limit) {
  // The row's place and the transaction that wrote it make two versions of a row with one content two
  // contents. Both survive VACUUM, freezing included. The place in the WAL is read after the last row. A
  // column may be called anything, so the row is named with a star.
  std::string statement = fmt::format(
      "SELECT count(*) AS rows, coalesce(sum(hashtextextended((r.ctid::text || ' ' || r.xmin::text || ' ' ||"
      " (r.*)::text) COLLATE pg_catalog.\"C\", 0)), 0)::text AS sum,"
      " CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() END AS lsn FROM ONLY {} AS r"
      " WHERE r.ctid >= '({},0)'::tid AND r.ctid < '({},0)'::tid",
      table, id.first, std::min(id.first + id.blocks, last_block));
  auto seen = co_await connection.ask(std::move(statement), limit + slack);
  if (!seen) co_return core::fail(seen.error());
  Observation observation;
  observation.digest.rows = number(*seen, 0, "rows");
  observation.digest.sum = seen->text(0, "sum").value_or("");
  observation.from = wal::parse_lsn(seen->text(0, "lsn").value_or("")).value_or(wal::Lsn{});
  if (observation.digest.sum.empty())
    co_return core::fail(Errc::internal, "cannot read the hash of " + table);
  co_return observation;
}

Task<Outcome<std::set<std::uint64_t>>> committed_of(sql::Connection& connection, UnderWay asked,
                                                    core::Duration limit) {
  constexpr std::uint64_t most = 1'000'000;
  auto next =
      co_await connection.ask("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next", limit + slack);
  if (!next) co_return core::fail(next.error());
  const std::uint64_t end = number(*next, 0, "next");
  if (end > asked.from && end - asked.from > most)
    co_return core::fail(Errc::exhausted, "too many transactions have to be asked about");
  // What lies in the server's future was never committed, and asking for it is an error.
  std::erase_if(asked.ids, [&](std::uint64_t id) { return id >= end; });
  for (std::uint64_t id = asked.from; id < end; ++id) asked.ids.insert(id);
  std::vector<sql::Value> parameters{fmt::format("{{{}}}", fmt::join(asked.ids, ","))};
  auto rows = co_await connection.query(
      "SELECT x::text AS id FROM unnest($1::xid8[]) AS x WHERE pg_xact_status(x) = 'committed'",
      std::move(parameters), limit + slack);
  if (!rows) co_return core::fail(rows.error());
  std::set<std::uint64_t> committed;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) committed.insert(number(*rows, i, "id"));
  co_return committed;
}

std::string with_database(const std::string& dsn, const std::string& database) {
  // libpq takes what was said last.
  if (config::is_postgres_url(dsn)) {
    return dsn + (dsn.find('?') == std::string::npos ? "?" : "&") + "dbname=" + percent_encoded(database);
  }
  return dsn + " dbname=" + sql::quoted_in_dsn(database);
}

}  // namespace outrider::recovery
