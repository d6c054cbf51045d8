// Durations as the seconds of JSON, metrics and SQL, and back.
#pragma once

#include "agent/core/clock.hpp"

namespace outrider::core {

constexpr double to_seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

// `seconds` must be of a length that Duration can hold: less than 292 years.
constexpr Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace outrider::core
