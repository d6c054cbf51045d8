// The real clock: CLOCK_MONOTONIC for Instant, CLOCK_REALTIME for WallTime.
#pragma once

#include "agent/core/clock.hpp"

#include <memory>

namespace outrider::os {

std::unique_ptr<core::Clock> make_clock();

}  // namespace outrider::os
