// Which backups pgBackRest keeps, in its own words: `expire --dry-run` begins by telling the options that are
// in force, wherever they were set. Nothing else shows them.
#pragma once

#include "agent/catalogs/shelf.hpp"

#include <optional>
#include <string_view>

namespace outrider::catalogs {

// From the line "… expire command begin 2.45: --… --repo1-retention-full=2 …". Nothing where there is no such
// line, or when an option of it cannot be understood: half a retention would foretell what does not happen.
std::optional<Retention> read_pgbackrest_retention(std::string_view output, unsigned repository);

}  // namespace outrider::catalogs
