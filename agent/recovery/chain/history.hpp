// The history of the archive's newest timeline, read from the archive itself: what a restore would find, also
// when the server is gone.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/wal/timeline.hpp"

namespace outrider::recovery {

// Timeline 1 needs no file. `not_found` when the newest timeline's is not there. Both outlive the call.
core::Task<core::Outcome<wal::TimelineHistory>> read_newest_history(catalogs::Catalog& catalog,
                                                                    const catalogs::Listing& listing,
                                                                    core::Duration limit);

}  // namespace outrider::recovery
