// Chance that is the same each time: after a crash, for each sink, and for a field on each machine.
#pragma once

#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::transforms::steps {

std::uint64_t hash_of(std::string_view text);
std::uint64_t hash_of(const telemetry::Origin& origin);

}  // namespace outrider::transforms::steps
