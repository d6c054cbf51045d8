// Whoever can listen for HTTP, given to those who only know when and for what.
#pragma once

#include "agent/net/server.hpp"

#include <functional>
#include <memory>

namespace outrider::net {

using Listen = std::function<core::Outcome<std::unique_ptr<Server>>(const async::Executor& river,
                                                                    ServerOptions options, Handler handler)>;

// Where there is no network: nobody can call.
inline core::Outcome<std::unique_ptr<Server>> listen_nowhere(const async::Executor&, ServerOptions, Handler) {
  return core::fail(core::Errc::unavailable, "cannot listen: there is no network");
}

}  // namespace outrider::net
