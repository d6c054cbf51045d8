// How well something about recovery is known. Every figure carries its level, and fades with time.
#pragma once

#include "agent/core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::recovery {

enum class Level {
  unknown,   // nothing is known; never reads as ok
  claimed,   // L0: the archiver's word, a tool's status
  listed,    // L1: unbroken segments of the right size, from a complete backup's start to there
  checked,   // L2: their contents: page headers, record checksums
  replayed,  // L3: a restore from the archive alone reached it, with the canary present
  asserted,  // L4: and the rows, hashes and queries asked for hold
};

// "L3 replayed"; "unknown".
std::string name_of(Level level);
// "L3", "l3", "3" or "replayed".
std::optional<Level> parse_level(std::string_view text);

}  // namespace outrider::recovery
