// How far each backup set leads. Used by the walk alone.
#pragma once

#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/chain/index.hpp"

namespace outrider::recovery {

// Fills first and on_branch, and what can be said of the set without its WAL. `restorable` stays unknown with
// an empty `why` when nothing speaks against it.
SetReach look_at_set(const catalogs::Listing& listing, const catalogs::BackupSet& set,
                     const ChainReport& report);

// Fills the rest; the report's path and gaps are there.
void follow_set(const catalogs::Listing& listing, const catalogs::BackupSet& set, const Index& index,
                const ChainReport& report, SetReach& reach);

}  // namespace outrider::recovery
