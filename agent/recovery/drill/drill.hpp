// A drill: restores a backup set from the archive alone, replays it, and looks whether what had been
// committed is there. Whatever happens, the scratch directory is cleared and a record says what is known now.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/task.hpp"
#include "agent/recovery/canary/canary.hpp"
#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/drill/record.hpp"
#include "agent/recovery/ground/ground.hpp"
#include "agent/recovery/tail/tail.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

class HashKeeper;

enum class Ask { canary, lengths, rows, checksums, amcheck, hashes, collations, manifest };

struct SqlCheck {
  std::string database = "postgres";
  std::string statement;  // its first column of its first row must be true
};

struct DrillOrder {
  std::size_t catalog = 0;  // which of those that are configured
  std::string set;          // a label; empty: the newest that can be restored
  RecoveryTarget target;
  std::vector<Ask> checks = {Ask::canary, Ask::lengths, Ask::rows, Ask::collations, Ask::hashes};
  std::vector<SqlCheck> statements;
  std::vector<std::pair<std::string, std::string>> server_settings;
  bool keep_data = false;  // for the next one, which then only brings what changed
  bool promote = true;
  core::Duration limit = std::chrono::hours(4);  // of each phase
  double most_load_per_core = 4;                 // busier than this, the machine has better to do
};

// What is known of the source when the drill begins. All of it may be unknown: the primary may be gone.
struct Source {
  std::optional<std::uint64_t> system_id;
  std::optional<wal::TimelineHistory> history;
  std::uint64_t segment_bytes = 0;
  std::optional<wal::Lsn> written;
  std::vector<Acknowledged> acknowledged;
};

// Told as it goes: "fetch", "restoring 20261121-142614F".
using Progress = std::function<void(const std::string& phase, const std::string& what)>;

struct DrillTools {
  core::Clock& clock;
  catalogs::Catalog& catalog;
  Ground& ground;
  Progress progress = [](const std::string&, const std::string&) {};
  // Counts in the primary's own WAL what lies behind the place that was reached; where that cannot be read,
  // there is none.
  std::function<core::Task<core::Outcome<LostTail>>(wal::Lsn reached)> count_lost;
  HashKeeper* hashes = nullptr;  // of the source's content; null: no source is known
};

// Never throws but when cancelled, and then the scratch directory is cleared as well.
core::Task<DrillRecord> run_drill(DrillTools tools, DrillOrder order, Source source);

}  // namespace outrider::recovery
