// The files of a trail as one sequence of lines. Blocks; changes nothing.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace outrider::audit {

// Calls `tell` with each line of the trail, oldest file first. No trail has no lines.
core::Outcome<> each_line(os::Files& files, const std::string& directory,
                          const std::function<void(std::string_view)>& tell);

}  // namespace outrider::audit
