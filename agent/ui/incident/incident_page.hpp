// One incident as a page: what happened, what was seen, what it said last. A pure function; the whole is one
// file that needs nothing else, so it can be sent to whoever must know. What the service wrote is hostile
// until it is escaped, and even then the page itself forbids every script and every request.
#pragma once

#include "agent/incident/kept/incident.hpp"

#include <string>

namespace outrider::ui {

std::string incident_page(const incident::Incident& incident);

// The same from its JSON; a sentence where it is none.
std::string incident_page(std::string_view json);

// What the page needs and nothing more.
std::string incident_content_security_policy();

}  // namespace outrider::ui
