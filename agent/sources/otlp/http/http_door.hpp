// Listens for OTLP over HTTP.
#pragma once

#include "agent/net/server.hpp"
#include "agent/sources/otlp/door.hpp"

#include <memory>

namespace outrider::sources::otlp {

class HttpDoor final : public Door {
 public:
  HttpDoor(const Tools& tools, DoorSettings settings);

  core::Task<void> listen() override;
  core::Outcome<> reload_certificates() override {
    return server_ ? server_->reload_certificates() : core::Outcome<>();
  }

 private:
  struct Opened;

  net::ServerOptions options();
  core::Task<net::Response> answer(const net::Call& call);

  std::unique_ptr<net::Server> server_;  // while it runs
};

}  // namespace outrider::sources::otlp
