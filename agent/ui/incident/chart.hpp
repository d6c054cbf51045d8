// How the process was, drawn: no script, no picture from elsewhere.
#pragma once

#include "agent/incident/kept/incident.hpp"
#include "agent/ui/parts.hpp"

#include <vector>

namespace outrider::ui {

// Those of which something is known.
void put_charts(Document& page, const std::vector<incident::Sample>& samples);

}  // namespace outrider::ui
