// Lines of key=value, as Go programs and Heroku write them. Values are text: logfmt has no types.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::logfmt {

std::unique_ptr<Format> make();

}  // namespace outrider::transforms::logfmt
