// Lines that a regular expression takes apart: each named group becomes a field. RE2, so that no line and no
// expression takes more than linear time.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>
#include <string>

namespace outrider::transforms::regex {

// `pattern` must be one that entry.cpp has accepted.
std::unique_ptr<Format> make(const std::string& pattern);

}  // namespace outrider::transforms::regex
