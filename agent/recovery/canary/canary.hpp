// A row written into the database at intervals, each carrying the hash of the one before. Its acknowledgement
// is kept outside the database, so that after a restore one can say which acknowledged commit is the first
// that did not come back, and tell an idle database from a broken archive.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/recovery/drill/record.hpp"
#include "agent/sql/sql.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// The SQL that makes the schema for `role`: what `outrider setup postgres` prints and, when asked, runs. May
// be run again.
std::vector<std::string> canary_schema(std::string_view role);
// And the statement that lets it read all tables, so that their content can be hashed; nothing is done before
// PostgreSQL 14.
std::string reading_grant(std::string_view role);
// So that the role may make restore points, and end the segment that one is in.
std::vector<std::string> restore_point_grants(std::string_view role);
// To cap what slots may hold; from PostgreSQL 15 on, before only a superuser may.
std::vector<std::string> slot_cap_grants(std::string_view role);

// What is remembered outside of the database of a row that was committed.
struct Acknowledged {
  std::uint64_t id = 0;
  core::WallTime time{};  // when the commit was acknowledged, by our clock
  wal::Lsn commit;        // everything up to here was flushed by then
  std::uint32_t timeline = 0;
  std::string hash;

  bool operator==(const Acknowledged&) const = default;
};

struct Sung {
  Acknowledged row;
  std::string previous;  // the hash that the row builds upon; empty for the first
};

// Writes one row and waits for its commit. `refused` with a hint when the schema is not there; `denied` when
// the role may not; `unsupported` on a standby.
core::Task<core::Outcome<Sung>> sing(sql::Connection& connection, const core::Clock& clock, std::string node,
                                     core::Duration limit);

// Removes rows older than `age`, but never the newest.
core::Task<core::Outcome<>> forget_rows(sql::Connection& connection, core::Duration age,
                                        core::Duration limit);

// What a row says of the one that was remembered before it. A sentence when something is wrong: rows that
// were acknowledged are gone (a restore, a failover that lost them), or somebody else writes, too.
std::optional<std::string> contradiction(const Acknowledged& before, const Sung& now);

// The rows as a database has them.
struct CanaryChain {
  std::uint64_t rows = 0, first = 0, last = 0;
  std::optional<std::uint64_t>
      broken_at;          // the first row that does not follow from the one before, or is altered
  std::string last_hash;  // of the last row of the unbroken run
  std::uint64_t last_unbroken = 0;
};

// Read only. `not_found` when there is no canary in this database.
core::Task<core::Outcome<CanaryChain>> read_chain(sql::Connection& connection, core::Duration limit);

// The newest rows that can be read, newest first; cheap, and says nothing of the older ones. `not_found` as
// above.
struct CanaryRow {
  std::uint64_t id = 0;
  std::string hash;
};
core::Task<core::Outcome<std::vector<CanaryRow>>> read_newest(sql::Connection& connection,
                                                              core::Duration limit);
// The beginning of a row's hash, as a number: enough to tell two histories apart. 0: it is not one.
std::uint64_t mark_of_hash(std::string_view hash);

// Compares what came back with what had been acknowledged before the cut. Nothing when there is nothing to
// compare with.
std::optional<CanaryFinding> compare(const std::vector<Acknowledged>& acknowledged, const CanaryChain& chain,
                                     core::WallTime cut);

}  // namespace outrider::recovery
