// How far a server has come that replays what the archive holds.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/sql/sql.hpp"
#include "agent/wal/names.hpp"

#include <optional>

namespace outrider::recovery {

struct ReplayPlace {
  std::optional<wal::Lsn> lsn;  // nothing before the first record
  bool paused = false;
  std::optional<core::WallTime> last_commit;
};

core::Task<core::Outcome<ReplayPlace>> ask_place(sql::Connection& connection, core::Duration limit);

}  // namespace outrider::recovery
