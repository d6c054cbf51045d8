// The API's JSON, read back into the words of the house. Lenient: what is missing is unknown, what is new is
// skipped, so that a newer agent can be asked by an older command and the other way round.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/status.hpp"

#include <string_view>

#include <boost/json/object.hpp>

namespace outrider::cli {

// Fails only for what is no status at all, or of another schema number.
core::Outcome<core::Status> read_status(const boost::json::object& document);

core::Event read_event(const boost::json::object& document);

}  // namespace outrider::cli
