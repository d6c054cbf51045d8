// Lines that are JSON objects, as services write them. Finds level, message, time and trace under the names
// they usually go by; keeps every other field as it is. A line that is no JSON object passes as text.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::json {

std::unique_ptr<Format> make();

}  // namespace outrider::transforms::json
