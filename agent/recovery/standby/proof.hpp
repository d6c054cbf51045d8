// What the proof standby adds to the exposure. Pure.
#pragma once

#include "agent/recovery/exposure/exposure.hpp"

namespace outrider::recovery {

// What the proof standby proves now; unknown with a reason while it has proven nothing of this cluster. The
// view has one.
Figure continuous_figure(const ExposureView& view);
// Of two proofs the younger one, but never one that counts for nothing any more while the other does.
const Figure& better_proof(const Figure& drilled, const Figure& continuous);
// What is wrong with the proof standby, or with what it found.
void judge_standby_found(const ExposureView& view, Judgements& found);

}  // namespace outrider::recovery
