// An element of `logs.send_to`.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/sinks/shelf.hpp"

namespace outrider::pipeline {

config::Kind<sinks::Plan> destination_kind();

}  // namespace outrider::pipeline
