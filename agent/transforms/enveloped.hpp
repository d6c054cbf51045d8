// Takes the envelope off in which a source has put what it knows of a line beside its text.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms {

std::unique_ptr<Wrapper> make_enveloped();

}  // namespace outrider::transforms
