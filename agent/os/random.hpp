// Random numbers: from the kernel's entropy, or from a seed that repeats a run.
#pragma once

#include "agent/core/random.hpp"

#include <cstdint>
#include <memory>

namespace outrider::os {

std::unique_ptr<core::Random> make_random();
std::unique_ptr<core::Random> make_seeded_random(std::uint64_t seed);

}  // namespace outrider::os
