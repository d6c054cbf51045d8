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

// Names of what is in a folder of them, sorted; none when it cannot be read.
std::vector<std::string> names_in(const std::string& directory);

// How many there are; nothing when it cannot be read.
std::optional<std::uint64_t> count_in(const std::string& directory);

std::vector<std::string_view> split(std::string_view text, char separator);  // empty pieces left out

// The next word of a line, which is removed from `rest` with the blanks around it; empty at the end.
std::string_view take_word(std::string_view& rest);

std::optional<std::uint64_t> whole_number(std::string_view text);  // spaces and a newline around it are fine

// Of hexadecimal digits alone; nothing for anything else. As the numbers of metrics are kept.
std::optional<double> hexadecimal(std::string_view digits);

// The number after "name " or "name:" at the start of a line, as memory.events and smaps_rollup have them.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name);

}  // namespace outrider::os
