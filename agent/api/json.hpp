// The status and the timeline as JSON, schema 1. A key is never renamed or given another meaning within a
// schema number; keys may be added. What is not known is null, never 0 and never "ok".
#pragma once

#include "agent/api/neighbour.hpp"
#include "agent/core/status.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace outrider::api {

inline constexpr int schema_version = 1;

boost::json::object to_json(const core::Event& event);
boost::json::object to_json(const core::Status& status);
boost::json::object to_json(const NeighbourWord& word);

}  // namespace outrider::api
