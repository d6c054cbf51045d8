// path becomes path.1, path.1 becomes path.2, … up to path.<keep>; older ones go. Each step is one atomic
// rename, and a rotation that was cut off at any step is completed, not repeated, by the next call.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <string>

namespace outrider::sinks::file {

core::Outcome<> rotate(os::Files& files, const std::string& path, std::uint32_t keep);

}  // namespace outrider::sinks::file
