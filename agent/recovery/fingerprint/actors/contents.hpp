// The witness of content: the copy's hashes against those of the source, at the place that the copy came to.
#pragma once

#include "agent/recovery/fingerprint/actors/keeper.hpp"
#include "agent/recovery/fingerprint/finding.hpp"
#include "agent/recovery/witness/witness.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct CopyPlace {
  wal::Lsn reached;
  std::uint32_t timeline = 0;
  std::uint64_t system = 0;
};

struct ContentAnswer {
  Witness witness;
  std::optional<ContentFinding> finding;  // nothing: there was no source to compare with
  std::vector<std::string> notes;         // what is not covered, and what would help
};

// Before anything is written into the copy. `keeper` null: there is no source to compare with. What no hash
// holds for that place is unknown and no alarm; a range that was constant on the source and is another here
// is one.
core::Task<ContentAnswer> ask_contents(WitnessTools tools, HashKeeper* keeper, CopyPlace place);

}  // namespace outrider::recovery
