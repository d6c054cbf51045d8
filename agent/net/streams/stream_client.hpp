// The real StreamClient: TCP and Unix sockets, plain or over TLS.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/streams/stream.hpp"

#include <memory>

namespace outrider::net {

// For one river, as make_client(). Its streams may outlive it, but not the clock.
std::unique_ptr<StreamClient> make_stream_client(core::Clock& clock, async::Pool& pool);

}  // namespace outrider::net
