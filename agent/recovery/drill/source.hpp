// What is known of the source when a drill begins. A source that cannot be reached is no reason not to drill:
// it is when one needs it most.
#pragma once

#include "agent/recovery/canary/log.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/settings.hpp"
#include "agent/sql/sql.hpp"

#include <optional>

namespace outrider::recovery {

struct SourceTools {
  core::Clock& clock;
  sql::Driver& driver;
  CanaryLog& canaries;
  std::optional<PostgresSettings> postgres;
};

core::Task<Source> look_at_source(SourceTools tools);

}  // namespace outrider::recovery
