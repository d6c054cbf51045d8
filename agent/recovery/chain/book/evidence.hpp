// What the verifier's memory proves of a chain. Used by the ledger alone.
#pragma once

#include "agent/recovery/chain/book/memory.hpp"
#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/chain/verifier.hpp"

#include <vector>

namespace outrider::recovery {

// What is known of one link of the path; borrowed from the memory.
struct LinkKnowledge {
  const SoundRange* range = nullptr;
  const BrokenSegment* broken = nullptr;
};

std::vector<LinkKnowledge> states_of(const ChainReport& chain, const Memory& memory);

VerifierReport weigh(const ChainReport& chain, const Memory& memory);

}  // namespace outrider::recovery
