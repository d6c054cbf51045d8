// What a chain let go no further, in the books: read, and dropped for its reason.
#pragma once

#include "agent/pipeline/ledger/ledger.hpp"
#include "agent/telemetry/routes.hpp"
#include "agent/transforms/chain.hpp"

namespace outrider::pipeline {

// Throws where it is not left out.
Reason reason_of(transforms::Onward why);

void count_left_out(const transforms::LeftOut& some, Account& account);

// The same of what goes to other sinks only.
void count_routed(const telemetry::Share& share, Account& account);

}  // namespace outrider::pipeline
