// A regular expression in the configuration.
#pragma once

#include "agent/config/kind.hpp"

#include <string>

namespace outrider::transforms {

// Text that RE2 takes; `named`: with a named group at least.
config::Kind<std::string> pattern_kind(bool named);

}  // namespace outrider::transforms
