// Lines that are JSON objects, as services write them. Finds level, message and time under the names they
// usually go by; keeps every other field as it is. A line that is no JSON object passes as text, marked.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::json {

std::unique_ptr<Transform> make(const core::Resource& resource);

}  // namespace outrider::transforms::json
