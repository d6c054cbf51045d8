// The snapshot of recovery in the words of the faces.
#pragma once

#include "agent/core/status.hpp"
#include "agent/recovery/gate/snapshot.hpp"

namespace outrider::app {

core::RecoveryStatus recovery_status(const recovery::Snapshot& snapshot);

}  // namespace outrider::app
