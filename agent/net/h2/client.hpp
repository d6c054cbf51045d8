// Calls over HTTP/2 to one server, one after the other, on a connection that is kept between them.
#pragma once

#include "agent/net/h2/call.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::net {

class H2Client {
 public:
  // `clock` and `streams` outlive it. Over TLS it asks for HTTP/2 by name.
  H2Client(core::Clock& clock, StreamClient& streams, std::string address, std::optional<TlsTrust> tls);
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;
  ~H2Client();

  // One at a time; the limit is for all of it. A kept connection may have died unseen, or the server wants no
  // more calls on it (GOAWAY): then the call is made again on a new one, and may have come twice.
  core::Task<core::Outcome<H2Answer>> call(const H2Call& call, std::size_t most_bytes, core::Duration limit);

 private:
  struct Connection;

  core::Task<core::Outcome<H2Answer>> call_now(const H2Call& call, std::size_t most_bytes,
                                               core::Duration limit);
  core::Task<core::Outcome<H2Answer>> call_over(std::unique_ptr<Connection> connection, const H2Call& call,
                                                std::size_t most_bytes, core::Duration limit);

  core::Clock& clock_;
  StreamClient& streams_;
  std::string address_;
  std::optional<TlsTrust> tls_;
  std::unique_ptr<Connection> kept_;  // owes nothing
};

}  // namespace outrider::net
