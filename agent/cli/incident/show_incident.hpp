// Incidents as text.
#pragma once

#include "agent/cli/terminal.hpp"
#include "agent/incident/kept/incident.hpp"

#include <string>
#include <vector>

namespace outrider::cli {

std::string show_incidents(const std::vector<incident::Brief>& incidents, const Terminal& terminal);
std::string show_incident(const incident::Incident& incident, const Terminal& terminal);

}  // namespace outrider::cli
