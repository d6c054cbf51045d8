// Which backup set is to be drilled next, and why. Pure.
#pragma once

#include "agent/recovery/drill/record.hpp"
#include "agent/recovery/exposure/exposure.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

enum class AfterBackup { never, full, any };

struct DrillDue {
  std::size_t catalog = 0;  // index
  std::string set;
  std::string reason;  // a sentence, for the audit journal
};

// A backup that has ended, can be restored as far as the listing goes, and about which no drill has found
// anything yet; of several catalogs the first that has one. A drill that could not verify is tried again an
// hour later, and not for ever.
std::optional<DrillDue> due_after_backup(const std::vector<CatalogView>& catalogs,
                                         const std::vector<DrillRecord>& drills, AfterBackup which,
                                         core::WallTime now);

// The set that was never drilled, of several the newest; else the one whose last drill is longest ago.
// Nothing when there is none that can be restored.
std::optional<DrillDue> drilled_longest_ago(const std::vector<CatalogView>& catalogs,
                                            const std::vector<DrillRecord>& drills);

}  // namespace outrider::recovery
