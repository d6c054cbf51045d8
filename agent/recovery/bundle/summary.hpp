// What was not as promised, and the whole in a sentence. Used by make_bundle() alone. Pure.
#pragma once

#include "agent/recovery/bundle/bundle.hpp"

#include <vector>

namespace outrider::recovery {

std::vector<Lapse> lapses_of(const Bundle& bundle);
BundleSummary summary_of(const Bundle& bundle);

}  // namespace outrider::recovery
