// Listens for OTLP over gRPC.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/net/h2/service.hpp"
#include "agent/sources/otlp/door.hpp"

#include <cstddef>
#include <memory>

namespace outrider::sources::otlp {

class GrpcDoor final : public Door {
 public:
  GrpcDoor(const Tools& tools, DoorSettings settings);

  // At its end senders are told to go (GOAWAY).
  core::Task<void> listen() override;
  core::Outcome<> reload_certificates() override {
    return door_ ? door_->reload_certificates() : core::Outcome<>();
  }

 private:
  struct Opened;

  core::Task<void> accept(net::H2Service& service, async::Nursery& visitors);
  core::Task<void> attend(net::H2Service& service, std::unique_ptr<net::Stream> caller);
  core::Task<net::H2Reply> answer(net::Call& call, net::H2Trouble trouble);
  core::Task<net::H2Reply> answer_in_time(net::Call& call);

  std::unique_ptr<net::StreamListener> door_;  // while it is open
  std::size_t open_ = 0;                       // connections
};

}  // namespace outrider::sources::otlp
