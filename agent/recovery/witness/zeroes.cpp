#include "agent/recovery/witness/zeroes.hpp"

#include "agent/recovery/witness/databases.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;
using core::Task;

// A table's pages that are nothing but zeroes, with the index that is asked what belongs there. A page header
// of zeroes is enough to tell: nothing else begins so.
constexpr const char* zero_pages =
    "SELECT t.name, t.index_name, array_agg(b.page)::text AS pages, count(*) AS number FROM (SELECT c.oid,"
    " c.oid::regclass::text AS name, (SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class x"
    " ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam AND a.amname = 'btree' WHERE i.indrelid = c.oid"
    " AND i.indisvalid AND i.indpred IS NULL ORDER BY x.relpages LIMIT 1) AS index_name FROM pg_class c"
    " WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence = 'p') AS t CROSS JOIN LATERAL"
    " (SELECT n::int AS page FROM generate_series(0, pg_relation_size(t.oid) /"
    " current_setting('block_size')::int - 1) AS n WHERE t.index_name IS NOT NULL AND"
    " (outrider_pages.page_header(outrider_pages.get_raw_page(t.name, 'main', n))).lower = 0) AS b"
    " GROUP BY t.name, t.index_name";

// How many living rows the index has in those pages. The first item of a page that is not the last one is its
// high key, no row.
constexpr const char* rows_in_pages =
    "SELECT count(*) AS rows FROM generate_series(1, pg_relation_size($1::regclass) /"
    " current_setting('block_size')::int - 1) AS n CROSS JOIN LATERAL"
    " outrider_pages.bt_page_stats($1::text, n) AS s CROSS JOIN LATERAL"
    " (SELECT unnest(coalesce(tids, ARRAY[htid])) AS tid FROM outrider_pages.bt_page_items($1::text, n)"
    " WHERE dead IS NOT TRUE AND (s.btpo_next = 0 OR itemoffset > 1)) AS i"
    " WHERE s.type = 'l' AND (i.tid::text::point)[0]::int = ANY ($2::int[])";

struct Seen {
  std::uint64_t pages = 0;
  std::string wrong;
};

Task<core::Outcome<>> look_into(WitnessTools tools, std::string database, Seen& seen) {
  auto connected = co_await tools.ground.connect(database, tools.limit);
  if (!connected) co_return core::fail(connected.error());
  sql::Connection& connection = **connected;
  // In a schema of its own: where the source has the extension, another name leads to it.
  for (const char* statement :
       {"DROP EXTENSION IF EXISTS pageinspect CASCADE", "CREATE SCHEMA IF NOT EXISTS outrider_pages",
        "CREATE EXTENSION pageinspect SCHEMA outrider_pages"}) {
    auto done = co_await connection.ask(statement, tools.limit);
    if (!done) co_return core::fail(done.error());
  }
  auto tables = co_await connection.ask(zero_pages, tools.limit);
  if (!tables) co_return core::fail(tables.error());
  for (std::size_t i = 0; i < tables->rows.size() && seen.wrong.empty(); ++i) {
    seen.pages += static_cast<std::uint64_t>(tables->whole(i, "number").value_or(0));
    std::vector<sql::Value> parameters{tables->text(i, "index_name"), tables->text(i, "pages")};
    auto rows = co_await connection.query(rows_in_pages, std::move(parameters), tools.limit);
    if (!rows) co_return core::fail(rows.error());
    const auto lost = rows->whole(0, "rows").value_or(0);
    if (lost > 0) {
      seen.wrong =
          fmt::format("{} in {} has {} pages of zeroes in which its index {} has {} rows",
                      tables->text(i, "name").value_or(""), database, tables->whole(i, "number").value_or(0),
                      tables->text(i, "index_name").value_or(""), lost);
    }
  }
  co_return core::Outcome<>();
}

}  // namespace

Task<Witness> ask_zeroes(WitnessTools tools) {
  const Stopwatch watch(tools.clock, "pages of zeroes");
  auto names = co_await databases(tools);
  if (!names) co_return watch.says(Standing::unknown, names.error().what);
  Seen seen;
  for (const auto& name : *names) {
    auto looked = co_await look_into(tools, name, seen);
    if (!looked) co_return watch.says(standing_of(looked.error()), looked.error().what);
    if (!seen.wrong.empty()) co_return watch.says(Standing::not_ok, seen.wrong);
  }
  co_return watch.says(Standing::ok, fmt::format("no row belongs into one of the {} there are", seen.pages));
}

}  // namespace outrider::recovery
