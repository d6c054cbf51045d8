// Pages of a table that are zeroes although an index has rows in them: lost. By themselves pages of zeroes
// are sound (a server that crashed leaves some), so neither checksums nor amcheck say anything of them.
#pragma once

#include "agent/recovery/witness/witness.hpp"

namespace outrider::recovery {

// On the promoted copy: writes the extension pageinspect into it when it is not there.
core::Task<Witness> ask_zeroes(WitnessTools tools);

}  // namespace outrider::recovery
