// What the source `journald` knows of an entry beside its message.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::journald {

std::unique_ptr<Wrapper> make();

}  // namespace outrider::transforms::journald
