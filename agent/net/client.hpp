// The real HTTP/1.1 client: http, https and Unix sockets, with kept connections. It follows no redirects.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace outrider::net {

struct ClientOptions {
  std::uint64_t max_header_bytes = 16 * 1024;
  std::uint64_t max_body_bytes = 16 * 1024 * 1024;  // after decoding; a longer answer is `exhausted`
  std::size_t kept_connections = 8;                 // in all; the longest idle goes first
  core::Duration keep_for = std::chrono::seconds(30);
  std::string user_agent = "outrider";
  bool decode = true;  // gzip and deflate bodies, when the caller's Accept-Encoding asked for them
  TlsTrust tls;        // for requests that bring none of their own
};

// For one river: that of the first ask(). Destroy it before that river's loop. Names are looked up on `pool`,
// which must end before the loop, too.
std::unique_ptr<Client> make_client(core::Clock& clock, async::Pool& pool, ClientOptions options = {});

}  // namespace outrider::net
