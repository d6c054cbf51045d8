// For tests: a primary of one table, whose content is hashed.
#pragma once

#include "agent/os/sim_clock.hpp"
#include "agent/sql/sql.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrider::recovery {

struct SimSourceState {
  std::vector<wal::Lsn> passes = {
      wal::Lsn{100}};               // where it is at each pass; the last one for all later ones
  std::uint64_t gone_from = ~0ULL;  // the number of the pass at which it cannot be reached any more
  bool busy = false;                // each hash is another one
  bool standby = false, old = false, denied = false, empty = false, hangs = false;
  std::uint64_t system = 0;
};

class SimSource final : public sql::Driver {
 public:
  SimSource(os::SimClock& clock, SimSourceState state) : clock_(clock), state_(std::move(state)) {}
  core::Task<core::Outcome<std::unique_ptr<sql::Connection>>> connect(std::string dsn, std::string name,
                                                                      core::Duration limit) override;
  // For the connection.
  core::Task<core::Outcome<sql::Rows>> answer(std::string statement, core::Duration limit);

 private:
  os::SimClock& clock_;
  SimSourceState state_;
  std::uint64_t passes_ = 0;
  std::uint64_t hashes_ = 0;
  bool gone_ = false;
};

// What a table of the source and of the copy looks like: rows for the statements that list and hash it.
sql::Rows sim_databases();
sql::Rows sim_tables(bool denied);
sql::Rows sim_hash(const std::string& sum, const std::string& lsn);

}  // namespace outrider::recovery
