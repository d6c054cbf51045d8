#include "agent/recovery/ground/replay_place.hpp"

#include "agent/core/seconds.hpp"

namespace outrider::recovery {

core::Task<core::Outcome<ReplayPlace>> ask_place(sql::Connection& connection, core::Duration limit) {
  auto rows = co_await connection.ask(
      "SELECT pg_last_wal_replay_lsn() AS lsn, pg_is_wal_replay_paused() AS paused,"
      " extract(epoch FROM pg_last_xact_replay_timestamp())::text AS committed",
      limit);
  if (!rows) co_return core::fail(rows.error());
  ReplayPlace place;
  place.lsn = wal::parse_lsn(rows->text(0, "lsn").value_or(""));
  place.paused = rows->truth(0, "paused").value_or(false);
  if (const auto committed = rows->number(0, "committed"))
    place.last_commit = core::WallTime(core::from_seconds(*committed));
  co_return place;
}

}  // namespace outrider::recovery
