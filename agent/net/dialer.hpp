// The real Dialer: connects over TCP or a Unix socket and hangs up.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"

#include <memory>

namespace outrider::net {

// For one river, as make_client().
std::unique_ptr<Dialer> make_dialer(core::Clock& clock, async::Pool& pool);

}  // namespace outrider::net
