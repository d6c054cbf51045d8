// Opens wires: connects and, over TLS, shakes hands and looks at the certificate. For one river.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/http.hpp"
#include "agent/net/wire/connect.hpp"
#include "agent/net/wire/tls.hpp"
#include "agent/net/wire/wire.hpp"

#include <memory>
#include <optional>

namespace outrider::net {

class Opener {
 public:
  Opener(core::Clock& clock, async::Pool& pool) : connector_(clock, pool) {}

  // Without a limit of its own, as Connector::connect(). `trust` says how over TLS; nothing: plain.
  core::Task<core::Outcome<std::unique_ptr<Wire>>> open(Endpoint endpoint, std::optional<TlsTrust> trust,
                                                        core::Duration share, Progress& progress);

  // A connection that stands: TLS from now on.
  core::Task<core::Outcome<std::unique_ptr<Wire>>> secure(Socket socket, Endpoint endpoint, TlsTrust trust,
                                                          Progress& progress);

 private:
  Connector connector_;
  TrustStore trust_;
};

// Whether the peer has hung up meanwhile, or sent what nobody asked for.
bool is_stale(Wire& wire);

}  // namespace outrider::net
