// Listens for OTLP over HTTP.
#pragma once

#include "agent/net/server.hpp"
#include "agent/sources/otlp/meters.hpp"
#include "agent/sources/otlp/otlp.hpp"
#include "agent/sources/otlp/taking.hpp"

#include <memory>

namespace outrider::sources::otlp {

class HttpDoor {
 public:
  // `settings` and `taking` outlive it.
  HttpDoor(const Tools& tools, const Settings& settings, Taking& taking);

  // Until cancelled; then calls that run are answered within a second.
  core::Task<void> listen();

  // For who calls from now on.
  core::Outcome<> reload_certificates() {
    return server_ ? server_->reload_certificates() : core::Outcome<>();
  }

 private:
  struct Opened;

  net::ServerOptions options();
  core::Task<net::Response> answer(const net::Call& call);

  Tools tools_;
  const Settings& settings_;
  Taking& taking_;
  Meters meters_;
  std::unique_ptr<net::Server> server_;  // while it runs
};

}  // namespace outrider::sources::otlp
