#pragma once

#include "agent/core/outcome.hpp"

#include <string>

namespace outrider::core {

// Trouble and what would mend it, in one sentence.
inline std::string with_advice(const Error& error) {
  return error.hint.empty() ? error.what : error.what + "; " + error.hint;
}

}  // namespace outrider::core
