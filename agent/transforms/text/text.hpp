// Lines as they are: the whole line is the message.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::text {

std::unique_ptr<Format> make();

}  // namespace outrider::transforms::text
