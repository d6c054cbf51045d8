// Times as log lines have them.
#pragma once

#include "agent/core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::lines {

// RFC 3339 ("2026-11-21T11:26:03.512Z", any offset, space or T, comma or point), the same with slashes as
// nginx and Go write it, "21/Nov/2026:11:26:03 +0200" of access logs, or seconds, milliseconds, microseconds
// or nanoseconds since 1970 by their size. Nothing when it is none of these. Without an offset it is UTC.
std::optional<core::WallTime> read_time(std::string_view text);

// RFC 3339 in UTC with as many digits after the second as the time has: 3, 6 or 9.
void append_time(std::string& out, core::WallTime time);

}  // namespace outrider::lines
