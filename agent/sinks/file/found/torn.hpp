// A last line that has no end: the agent, or the machine, went while it was being written.
#pragma once

#include "agent/os/files.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace outrider::sinks::file {

// Where it begins; nothing where every line is whole, or where one cannot look: a file may be written without
// being readable. Blocks.
std::optional<std::uint64_t> torn_line_of(os::Files& files, const std::string& path);

}  // namespace outrider::sinks::file
