// Reading the small files that the kernel makes up as they are read: /proc and /sys.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::os {

// All of it, at most 4 MiB.
core::Outcome<std::string> read_virtual(const std::string& path);

std::vector<std::string_view> split(std::string_view text, char separator);  // empty pieces left out

std::optional<std::uint64_t> whole_number(std::string_view text);  // spaces and a newline around it are fine

// The number after "name " or "name:" at the start of a line, as memory.events and smaps_rollup have them.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name);

}  // namespace outrider::os
