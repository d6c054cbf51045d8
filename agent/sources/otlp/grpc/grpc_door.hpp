// Listens for OTLP over gRPC.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/net/h2/service.hpp"
#include "agent/sources/otlp/meters.hpp"
#include "agent/sources/otlp/otlp.hpp"
#include "agent/sources/otlp/taking.hpp"

#include <cstddef>
#include <memory>

namespace outrider::sources::otlp {

class GrpcDoor {
 public:
  // `settings` and `taking` outlive it.
  GrpcDoor(const Tools& tools, const Settings& settings, Taking& taking);

  // Until cancelled; then calls that run are answered within a second, and senders are told to go (GOAWAY).
  core::Task<void> listen();

  // For who calls from now on.
  core::Outcome<> reload_certificates() { return door_ ? door_->reload_certificates() : core::Outcome<>(); }

 private:
  struct Opened;

  core::Task<void> accept(net::H2Service& service, async::Nursery& visitors);
  core::Task<void> attend(net::H2Service& service, std::unique_ptr<net::Stream> caller);
  core::Task<net::H2Reply> answer(net::Call& call, net::H2Trouble trouble);
  core::Task<net::H2Reply> answer_in_time(net::Call& call);

  Tools tools_;
  const Settings& settings_;
  Taking& taking_;
  Meters meters_;
  std::unique_ptr<net::StreamListener> door_;  // while it is open
  std::size_t open_ = 0;                       // connections
};

}  // namespace outrider::sources::otlp
