// Snappy's block format: what remote write packs its requests with.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::telemetry::remote_write {

std::string packed(std::string_view plain);

// Nothing when it is not packed so, or would be larger.
std::optional<std::string> unpacked(std::string_view packed, std::size_t most_bytes);

}  // namespace outrider::telemetry::remote_write
