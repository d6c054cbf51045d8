#pragma once

#include "agent/recovery/fingerprint/finding.hpp"

#include <boost/json/object.hpp>

namespace outrider::recovery {

boost::json::object to_json(const ContentFinding& finding);
// What is not there, or is no number, is 0.
ContentFinding read_finding(const boost::json::object& object);

}  // namespace outrider::recovery
