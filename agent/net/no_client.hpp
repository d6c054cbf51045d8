// A client where there is no network: nothing can be reached. For tests and for worlds that ask nobody.
#pragma once

#include "agent/net/http.hpp"

namespace outrider::net {

class NoClient final : public Client {
 public:
  core::Task<core::Outcome<Response>> ask(Request, core::Duration) override {
    co_return core::fail(core::Errc::unavailable, "no network here");
  }
};

}  // namespace outrider::net
