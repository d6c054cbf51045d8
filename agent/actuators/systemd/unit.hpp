// What systemd says of a unit, read.
#pragma once

#include "agent/actuators/elsewhere.hpp"
#include "agent/actuators/systemd/bus/bus.hpp"

#include <string>

namespace outrider::actuators::systemd {

// From the properties of org.freedesktop.systemd1.Unit and .Service together.
Seen seen_of(const Properties& properties);

inline constexpr const char* started_too_often =
    "it was started more often than the unit's StartLimitBurst allows; `systemctl reset-failed` lets it be "
    "started "
    "again";

// Why it does not run, beyond what a job's end says: "was started too often …"; empty: nothing to add.
std::string why_not(const Properties& properties);

}  // namespace outrider::actuators::systemd
