// How a value lies in the file: behind the CRC-32C of its key and itself, so that neither a bit that turned
// nor a value that got under another key passes for what was written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::durable {

inline constexpr std::size_t table_prefix_bytes = 2;
inline constexpr std::size_t seal_bytes = 4;

std::string sealed(std::string_view key, std::string_view value);

// Nothing: it is not what was written.
std::optional<std::string_view> unsealed(std::string_view key, std::string_view stored);

}  // namespace outrider::durable
