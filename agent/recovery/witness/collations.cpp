#include "agent/recovery/witness/collations.hpp"

#include "agent/recovery/witness/databases.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;
using core::Task;

constexpr const char* version = "SELECT current_setting('server_version_num')::int AS number";

// Those that an index sorts by; what is only declared harms nobody.
constexpr const char* of_indexes =
    "SELECT 'collation ' || c.oid::regcollation::text AS name, c.collversion AS made,"
    " coalesce(pg_collation_actual_version(c.oid), 'none') AS here FROM pg_collation c"
    " WHERE c.collversion IS NOT NULL AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)"
    " AND EXISTS (SELECT FROM pg_index i WHERE c.oid = ANY (i.indcollation::oid[]))";
constexpr const char* of_database =
    "SELECT 'database ' || quote_ident(datname) AS name, datcollversion AS made,"
    " coalesce(pg_database_collation_actual_version(oid), 'none') AS here FROM pg_database"
    " WHERE datname = current_database() AND datcollversion IS NOT NULL"
    " AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)";

Task<core::Outcome<std::string>> first_other(sql::Connection& connection, const char* statement,
                                             core::Duration limit) {
  auto rows = co_await connection.ask(statement, limit);
  if (!rows) co_return core::fail(rows.error());
  if (rows->empty()) co_return std::string();
  co_return fmt::format("{} was sorted by version {}, here it is {}", rows->text(0, "name").value_or(""),
                        rows->text(0, "made").value_or(""), rows->text(0, "here").value_or(""));
}

Task<core::Outcome<std::string>> look_into(WitnessTools tools, std::string database) {
  auto connected = co_await tools.ground.connect(std::move(database), tools.limit);
  if (!connected) co_return core::fail(connected.error());
  sql::Connection& connection = **connected;
  auto rows = co_await connection.ask(version, tools.limit);
  if (!rows) co_return core::fail(rows.error());
  if (rows->whole(0, "number").value_or(0) >= 150000) {
    auto own = co_await first_other(connection, of_database, tools.limit);
    if (!own || !own->empty()) co_return own;
  }
  co_return co_await first_other(connection, of_indexes, tools.limit);
}

}  // namespace

Task<Witness> ask_collations(WitnessTools tools) {
  const Stopwatch watch(tools.clock, "collations");
  auto names = co_await databases(tools);
  if (!names) co_return watch.says(Standing::unknown, names.error().what);
  for (const auto& name : *names) {
    auto other = co_await look_into(tools, name);
    if (!other) co_return watch.says(standing_of(other.error()), other.error().what);
    if (!other->empty()) {
      co_return watch.says(
          Standing::unknown,
          fmt::format("{} (in {}): indexes over text may miss rows on such a machine; restore "
                      "on the source's release of the system, or REINDEX",
                      *other, name));
    }
  }
  co_return watch.says(Standing::ok, fmt::format("text sorts as it did in all {} databases", names->size()));
}

}  // namespace outrider::recovery
