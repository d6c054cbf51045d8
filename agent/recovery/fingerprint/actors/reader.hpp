// Asks a server, source or copy, for its tables and for hashes of ranges of them. Both are asked in the very
// same words, with everything set that may change how a value reads.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/recovery/fingerprint/book.hpp"
#include "agent/sql/sql.hpp"

#include <string>
#include <vector>

namespace outrider::recovery {

struct DatabaseName {
  std::uint32_t id = 0;
  std::string name;
};

// Sets the session up; no statement of it runs longer than `limit`, nor waits for a lock for longer than a
// moment.
core::Task<core::Outcome<>> pin_session(sql::Connection& connection, core::Duration limit);

// `unsupported` on a standby and before PostgreSQL 14, which would read a whole table for each of its ranges.
core::Task<core::Outcome<Pass>> begin_pass(sql::Connection& connection, core::Duration limit);

// Those that take connections.
core::Task<core::Outcome<std::vector<DatabaseName>>> list_databases(sql::Connection& connection,
                                                                    core::Duration limit);

// Tables and materialized views that a backup holds, without the system's own and without the canary.
core::Task<core::Outcome<std::vector<Table>>> list_tables(sql::Connection& connection, DatabaseName database,
                                                          core::Duration limit);

// One statement.
core::Task<core::Outcome<Observation>> hash_chunk(sql::Connection& connection, std::string table, ChunkId id,
                                                  core::Duration limit);

// Which of these transactions the server has as committed.
core::Task<core::Outcome<std::set<std::uint64_t>>> committed_of(sql::Connection& connection, UnderWay asked,
                                                                core::Duration limit);

// The same DSN, leading into another database of the server.
std::string with_database(const std::string& dsn, const std::string& database);

}  // namespace outrider::recovery
