// For how long the other side of HTTP asks to be left alone (RFC 9110 §10.2.3).
#pragma once

#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"

#include <optional>

namespace outrider::net {

// Seconds or a time; never more than an hour. Nothing: it does not ask, or cannot be understood.
std::optional<core::Duration> retry_after(const Headers& headers, core::WallTime now);

}  // namespace outrider::net
