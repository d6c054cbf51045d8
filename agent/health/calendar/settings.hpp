// health.maintenance, health.calendar and health.time_zone in the configuration.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/health/calendar/calendar.hpp"

#include <string>
#include <vector>

namespace outrider::health {

config::Kind<std::vector<MaintenanceWindow>> maintenance_kind();  // {every: day, at: "03:00", for: 1h}
config::Kind<std::vector<Occasion>> occasions_kind();             // {name: …, from: …, to: …, freeze: true}
config::Kind<std::string> zone_kind();

// Where the machine describes it.
std::string zone_path(const std::string& zone);

// "2026-06-12 08:00", or "2026-06-12" for its beginning; nothing for anything else.
std::optional<LocalTime> read_local(std::string_view text);

}  // namespace outrider::health
