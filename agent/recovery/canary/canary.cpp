#include "agent/recovery/canary/canary.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

// One expression in both directions: it makes the hash of a new row and checks that of an old one.
constexpr std::string_view hash_of =
    "encode(sha256(convert_to(concat_ws('|', previous, id, node, timeline,"
    " to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), lsn), 'UTF8')), 'hex')";

constexpr std::string_view insert_row =
    "INSERT INTO outrider.canary (id, node, timeline, at, lsn, previous, hash)"
    " SELECT id, node, timeline, at, lsn, previous, {hash} FROM ("
    "SELECT coalesce(last.id, 0) + 1 AS id, $1::text AS node,"
    " ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int AS timeline,"
    " clock_timestamp() AS at, pg_current_wal_insert_lsn() AS lsn, coalesce(last.hash, '') AS previous"
    " FROM (SELECT 1) AS one LEFT JOIN"
    " (SELECT id, hash FROM outrider.canary ORDER BY id DESC LIMIT 1) AS last ON true) AS row"
    " RETURNING id, timeline, previous, hash";

constexpr std::string_view read_rows =
    "WITH rows AS (SELECT *, lag(hash) OVER (ORDER BY id) AS hash_before, lag(id) OVER (ORDER BY id) AS "
    "id_before"
    " FROM outrider.canary), judged AS (SELECT id, hash, hash = {hash} AND (id_before IS NULL OR"
    " (id = id_before + 1 AND previous = hash_before)) AS good FROM rows),"
    " broken AS (SELECT min(id) AS at FROM judged WHERE NOT good)"
    " SELECT (SELECT count(*) FROM judged) AS rows, (SELECT min(id) FROM judged) AS first,"
    " (SELECT max(id) FROM judged) AS last, broken.at AS broken_at, run.id AS last_unbroken, run.hash AS "
    "last_hash"
    " FROM broken LEFT JOIN LATERAL (SELECT id, hash FROM judged WHERE broken.at IS NULL OR id < broken.at"
    " ORDER BY id DESC LIMIT 1) AS run ON true";

core::Error explain(const core::Error& error, const std::string& sqlstate, std::string_view doing) {
  core::Error told = error.during(doing);
  if (sqlstate == "3F000" || sqlstate == "42P01") {
    told.code = Errc::not_found;
    told.hint = "make it with: outrider setup postgres --apply";
  } else if (sqlstate == "42501") {
    told.hint = "grant it with: outrider setup postgres --apply";
  } else if (sqlstate == "25006" || sqlstate == "55000") {
    told.code = Errc::unsupported;  // read only, or in recovery
  } else if (sqlstate == "23505") {
    told.code = Errc::busy;
    told.hint = "another outrider writes canaries into this database at the same moment";
  }
  return told;
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

}  // namespace

std::vector<std::string> canary_schema(std::string_view role) {
  const std::string who = quoted(role);
  return {
      "CREATE SCHEMA IF NOT EXISTS outrider",
      "COMMENT ON SCHEMA outrider IS 'canary rows that prove how far a restore came; written by outrider'",
      "CREATE TABLE IF NOT EXISTS outrider.canary (id bigint PRIMARY KEY, node text NOT NULL,"
      " timeline int NOT NULL, at timestamptz NOT NULL, lsn pg_lsn NOT NULL, previous text NOT NULL,"
      " hash text NOT NULL)",
      "GRANT USAGE ON SCHEMA outrider TO " + who,
      "GRANT SELECT, INSERT, DELETE ON outrider.canary TO " + who,
      "GRANT pg_monitor TO " + who,
  };
}

std::string reading_grant(std::string_view role) {
  return "DO $outrider$ BEGIN IF current_setting('server_version_num')::int >= 140000 THEN"
         " GRANT pg_read_all_data TO " +
         quoted(role) + "; END IF; END $outrider$";
}

std::vector<std::string> restore_point_grants(std::string_view role) {
  const std::string who = quoted(role);
  return {"GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO " + who,
          "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO " + who};
}

std::vector<std::string> slot_cap_grants(std::string_view role) {
  const std::string who = quoted(role);
  return {"GRANT ALTER SYSTEM ON PARAMETER max_slot_wal_keep_size TO " + who,
          "GRANT EXECUTE ON FUNCTION pg_reload_conf() TO " + who};
}

Task<Outcome<Sung>> sing(sql::Connection& connection, const core::Clock& clock, std::string node,
                         core::Duration limit) {
  std::string statement = core::replaced(std::string(insert_row), "{hash}", hash_of);
  std::vector<sql::Value> parameters{std::move(node)};
  auto inserted = co_await connection.query(std::move(statement), std::move(parameters), limit);
  if (!inserted) {
    co_return core::fail(explain(inserted.error(), connection.sqlstate(), "cannot write a canary"));
  }
  Sung sung;
  sung.row.time = clock.wall();
  const auto id = inserted->whole(0, "id");
  const auto timeline = inserted->whole(0, "timeline");
  const auto hash = inserted->text(0, "hash");
  if (!id || !timeline || !hash) co_return core::fail(Errc::internal, "cannot read the canary just written");
  sung.row.id = static_cast<std::uint64_t>(*id);
  sung.row.timeline = static_cast<std::uint32_t>(*timeline);
  sung.row.hash = *hash;
  sung.previous = inserted->text(0, "previous").value_or("");

  // The commit lies before what is flushed now: it was acknowledged.
  auto flushed = co_await connection.ask("SELECT pg_current_wal_flush_lsn() AS lsn", limit);
  if (!flushed) co_return core::fail("cannot read where the canary was committed", flushed.error());
  const auto lsn = wal::parse_lsn(flushed->text(0, "lsn").value_or(""));
  if (!lsn) co_return core::fail(Errc::internal, "cannot read where the canary was committed");
  sung.row.commit = *lsn;
  co_return sung;
}

Task<Outcome<>> forget_rows(sql::Connection& connection, core::Duration age, core::Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  std::string statement =
      "DELETE FROM outrider.canary WHERE at < now() - make_interval(secs => $1::double precision)"
      " AND id < (SELECT max(id) FROM outrider.canary)";
  std::vector<sql::Value> parameters{std::to_string(seconds)};
  auto removed = co_await connection.query(std::move(statement), std::move(parameters), limit);
  if (!removed) {
    co_return core::fail(explain(removed.error(), connection.sqlstate(), "cannot remove old canaries"));
  }
  co_return Outcome<>();
}

std::optional<std::string> contradiction(const Acknowledged& before, const Sung& now) {
  if (now.row.id <= before.id) {
    return fmt::format(
        "canaries {} to {} had been acknowledged and are gone: the database was put back to an earlier time, "
        "or "
        "a failover lost them",
        now.row.id, before.id);
  }
  if (now.row.id == before.id + 1 && now.previous != before.hash) {
    return fmt::format("canary {} is not the row that had been acknowledged: another history", before.id);
  }
  if (now.row.id > before.id + 1) {
    return fmt::format("{} canaries were written by somebody else since {}", now.row.id - before.id - 1,
                       before.id);
  }
  return std::nullopt;
}

Task<Outcome<CanaryChain>> read_chain(sql::Connection& connection, core::Duration limit) {
  std::string statement = core::replaced(std::string(read_rows), "{hash}", hash_of);
  auto rows = co_await connection.ask(std::move(statement), limit);
  if (!rows) co_return core::fail(explain(rows.error(), connection.sqlstate(), "cannot read the canaries"));
  auto number = [&](std::string_view column) {
    return static_cast<std::uint64_t>(rows->whole(0, column).value_or(0));
  };
  CanaryChain chain;
  chain.rows = number("rows");
  chain.first = number("first");
  chain.last = number("last");
  if (rows->whole(0, "broken_at")) chain.broken_at = number("broken_at");
  chain.last_unbroken = number("last_unbroken");
  chain.last_hash = rows->text(0, "last_hash").value_or("");
  co_return chain;
}

Task<Outcome<std::vector<CanaryRow>>> read_newest(sql::Connection& connection, core::Duration limit) {
  auto rows =
      co_await connection.ask("SELECT id, hash FROM outrider.canary ORDER BY id DESC LIMIT 20", limit);
  if (!rows) co_return core::fail(explain(rows.error(), connection.sqlstate(), "cannot read the canaries"));
  std::vector<CanaryRow> newest;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    newest.push_back(
        {static_cast<std::uint64_t>(rows->whole(i, "id").value_or(0)), rows->text(i, "hash").value_or("")});
  }
  co_return newest;
}

std::uint64_t mark_of_hash(std::string_view hash) {
  constexpr std::size_t digits = 16;
  std::uint64_t mark = 0;
  const auto head = hash.substr(0, digits);
  const auto [end, trouble] = std::from_chars(head.data(), head.data() + head.size(), mark, 16);
  return trouble == std::errc{} && end == head.data() + digits ? mark : 0;
}

std::optional<CanaryFinding> compare(const std::vector<Acknowledged>& acknowledged, const CanaryChain& chain,
                                     core::WallTime cut) {
  CanaryFinding finding;
  finding.last_found = chain.last_unbroken;
  const Acknowledged* last = nullptr;
  for (const auto& row : acknowledged) {
    if (row.time > cut) break;
    finding.last_acknowledged = row.id;
    // The same id with another content is another row: what was acknowledged did not come back.
    const bool found =
        row.id < chain.last_unbroken || (row.id == chain.last_unbroken && row.hash == chain.last_hash);
    if (found) {
      last = &row;
    } else if (!finding.first_lost) {
      finding.first_lost = row.id;
      finding.first_lost_time = row.time;
    }
  }
  if (finding.last_acknowledged == 0) return std::nullopt;
  if (last == nullptr) {
    finding.last_found = 0;
    finding.loss = cut - finding.first_lost_time.value_or(cut);
    return finding;
  }
  finding.last_found_time = last->time;
  finding.loss = std::max(core::Duration{}, core::Duration(cut - last->time));
  return finding;
}

}  // namespace outrider::recovery
