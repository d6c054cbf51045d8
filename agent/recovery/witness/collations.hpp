// Whether text is in the same order here as where the indexes were made.
#pragma once

#include "agent/recovery/witness/witness.hpp"

namespace outrider::recovery {

// Other versions of the libraries that sort are no fault of the backup, and still a lookup through an index
// may miss rows on such a machine: unknown, with the names. PostgreSQL before 15 does not tell of the
// database's own.
core::Task<Witness> ask_collations(WitnessTools tools);

}  // namespace outrider::recovery
