// What a restored database is asked, to see whether what was committed is there. None of them needs the
// source.
#pragma once

#include "agent/recovery/drill/drill.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::recovery {

struct WitnessTools {
  core::Clock& clock;
  Ground& ground;
  core::Duration limit;
};

// The canary's chain, against what was acknowledged before the cut. A row that was acknowledged before
// `reached` and is not there is a fault of the backup; a later one is the loss, and no fault of it.
core::Task<Witness> ask_canary(WitnessTools tools, const Source& source, core::WallTime cut, wal::Lsn reached,
                               std::optional<CanaryFinding>& finding);

// Each relation has at least the length its last VACUUM saw: shows a file that was cut off.
core::Task<Witness> ask_lengths(WitnessTools tools);

// Each table's rows, counted through the table and through an index only: shows pages lost from either. An
// outside reference is not needed.
core::Task<Witness> ask_rows(WitnessTools tools);

core::Task<Witness> ask_statement(WitnessTools tools, SqlCheck check);

// On the promoted copy: writes the extension amcheck into it when it is not there.
core::Task<Witness> ask_amcheck(WitnessTools tools);
// Before the server has touched it: each file against the manifest that pg_basebackup wrote. Unknown where
// the tool that keeps the backups has none.
core::Task<Witness> ask_manifest(WitnessTools tools);
// On the stopped copy.
core::Task<Witness> ask_checksums(WitnessTools tools, bool enabled);

}  // namespace outrider::recovery
