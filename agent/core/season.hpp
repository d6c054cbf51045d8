// What time it is for the service: maintenance, a freeze, days that matter more. Made by health's calendar.
#pragma once

#include <string>

namespace outrider::core {

struct Season {
  std::string maintenance;  // "until 2026-11-29T03:00:00Z (kernel update)"; empty: there is none
  std::string frozen;       // likewise: only operators take down who lives
  std::string raised;       // likewise: what would be a warning is critical

  bool operator==(const Season&) const = default;
};

}  // namespace outrider::core
