// Bodies packed and unpacked. Takes the processor for a while: large bodies go through async::offload.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::net {

// Level 1 (fast) to 9 (small).
std::string gzip(std::string_view plain, int level = 1);

// gzip or zlib, told apart by their heads. `exhausted` when more than `limit_bytes` would come out, `corrupt`
// when it is cut short or not what it says.
core::Outcome<std::string> gunzip(std::string_view packed, std::uint64_t limit_bytes);

}  // namespace outrider::net
