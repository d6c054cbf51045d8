// Opening connections: names looked up on the pool, addresses tried in turn. For one river.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/socket_address.hpp"
#include "agent/net/wire/wire.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace outrider::net {

// How far an exchange has come, for the sentence when its time is up.
struct Progress {
  std::string step;        // "cannot connect to 127.0.0.1:80"
  bool answering = false;  // the answer has begun

  core::Error timed_out(core::Duration limit) const;
};

// To the first of them that takes us, in their order. Each but the last gets half of the time that is left;
// the last is left to the caller's own deadline.
core::Task<core::Outcome<Socket>> connect_to_one(core::Clock& clock,
                                                 const std::vector<SocketAddress>& addresses,
                                                 core::Instant end, Progress& progress);

class Connector {
 public:
  Connector(core::Clock& clock, async::Pool& pool) : clock_(clock), pool_(pool) {}

  // Without a limit of its own, but that one silent address must leave time for the next: `share` is what all
  // together may take.
  core::Task<core::Outcome<Socket>> connect(Endpoint endpoint, core::Duration share, Progress& progress);

 private:
  struct Lookup;
  core::Task<core::Outcome<std::vector<SocketAddress>>> resolve(const Endpoint& endpoint);

  core::Clock& clock_;
  async::Pool& pool_;
  std::map<std::string, std::shared_ptr<Lookup>> lookups_;  // under way; a second asker joins the first
};

}  // namespace outrider::net
