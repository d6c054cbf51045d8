// Syslog messages: what their heads say becomes fields, with the names of ECS.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::syslog {

std::unique_ptr<Format> make();

}  // namespace outrider::transforms::syslog
