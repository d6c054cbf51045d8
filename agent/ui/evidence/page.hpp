// A bundle of evidence as one page for an auditor: complete without JavaScript, nothing loaded from
// elsewhere, everything escaped, good on paper and on a phone. A pure function of the bundle.
#pragma once

#include "agent/recovery/bundle/bundle.hpp"

#include <string>

namespace outrider::ui {

std::string evidence_page(const recovery::Bundle& bundle);

}  // namespace outrider::ui
