// Looks at a PostgreSQL: two statements that lock nothing and change nothing, on a primary and on a standby,
// from version 12 on. The first asks what may be asked (functions, privileges), the second asks it.
// Wants the role pg_monitor; with less it sees less, and says so.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/recovery/evidence/evidence.hpp"
#include "agent/sql/sql.hpp"

#include <string>

namespace outrider::recovery {

struct Abilities {
  int version = 0;
  bool in_recovery = false;
  bool control_system = false, control_checkpoint = false;  // pg_control_…()
  bool wal_folder = false, archive_status = false;          // pg_ls_…()
  bool reads_stats = false, reads_settings = false;         // pg_read_all_stats, pg_read_all_settings
  bool snapshot = false;                                    // pg_current_snapshot(), from 13 on
};

Abilities read_abilities(const sql::Rows& rows);
const std::string& abilities_statement();
std::string look_statement(const Abilities& abilities, bool sizes);
// Fills all but the times; adds to `evidence.troubles`.
void read_look(const Abilities& abilities, const sql::Rows& rows, Evidence& evidence);

// `sizes`: of the databases too, which reads a directory entry for each of their files; now and then will do.
// `limit` holds for the whole look.
core::Task<core::Outcome<Evidence>> look(sql::Connection& connection, core::Clock& clock,
                                         core::Duration limit, bool sizes = false);

}  // namespace outrider::recovery
