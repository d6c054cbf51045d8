// Numbers as expositions write them.
#pragma once

#include <optional>
#include <string_view>

namespace outrider::telemetry {

// Decimal with or without exponent, NaN, Inf, +Inf, -Inf in any case. Nothing else: no hex, no underscores.
std::optional<double> read_number(std::string_view text);

}  // namespace outrider::telemetry
