// An HTTP/1.1 server on TCP and Unix sockets, with or without TLS. Listening happens at once, so that the
// caller knows the ports, or who holds them, before anything else starts; serving is a Task like every other
// room's.
//   auto server = Server::listen(executor, clock, log, std::move(options), handler);
//   nursery.start((*server)->run());
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::net {

// PEM files. With `client_authority`, a client must show a certificate that it has signed.
struct TlsFiles {
  std::string certificate;  // the whole chain, leaf first
  std::string key;
  std::string client_authority;
  bool speaks_http2 = false;  // and says so (ALPN): clients of gRPC go away otherwise
  bool operator==(const TlsFiles&) const = default;
};

struct Listener {
  std::string
      address;  // "host:port", ":port" (every address), "[::1]:port", "unix:/path"; port 0: any free one
  std::optional<TlsFiles> tls;
  std::string name = "http";  // tells listeners apart in Served
};

// A sender that is slower, longer or more endless than this is told so (408, 413, 431) and cut off.
struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 1024 * 1024;
  // Of all requests that are being read or answered: one that would bring more is told to come again (503).
  // One that does not say how long it is counts as the longest there may be.
  std::uint64_t all_bodies_bytes = 64 * 1024 * 1024;
  core::Duration header_time = std::chrono::seconds(10);  // first byte to end of header; TLS handshake
  core::Duration body_time = std::chrono::seconds(30);
  core::Duration idle_time = std::chrono::seconds(75);    // between requests
  core::Duration answer_time = std::chrono::seconds(60);  // what a handler may take; then 503
  core::Duration write_time = std::chrono::seconds(30);   // what a reader may take to fetch one answer
  core::Duration drain_time = std::chrono::seconds(5);  // what running requests may take once we are stopping
  std::size_t connections = 256;  // one more and the longest idle one is closed, or the newcomer gets 503
};

struct Served {
  std::string_view listener;
  int status = 0;
  core::Duration took{};  // from the end of the request to the end of the answer
};

class Server;

struct ServerOptions {
  std::vector<Listener> listeners;
  // The server that this one will replace: where both name the same address they share the socket, and no
  // caller is refused in between. It must stand until listen() returns.
  Server* replaces = nullptr;
  ServerLimits limits;
  std::function<void(const Served&)>
      on_served;  // may be empty; also told of requests refused by the server itself
};

class Server {
 public:
  // Binds every listener or none. Blocks shortly when a host is given by name. `clock` and `log` outlive it.
  // The handler may be called again while an earlier call still runs; an exception out of it becomes a 500.
  static core::Outcome<std::unique_ptr<Server>> listen(const async::Executor& executor, core::Clock& clock,
                                                       core::Log& log, ServerOptions options,
                                                       Handler handler);

  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server() = default;  // also removes its socket files

  // Serves until cancelled, once. Then it stops accepting, lets running requests finish within drain_time,
  // and cuts what is left. On the river of `executor`.
  virtual core::Task<void> run() = 0;

  // What is listened on, in the order asked, with the actual ports: "127.0.0.1:43127", "unix:/run/x.sock".
  virtual const std::vector<std::string>& addresses() const = 0;

  // Reads the certificate files again, for connections from now on; those that stand keep theirs. When any
  // file is not usable every listener keeps what it had, and the error says why. On the river of `executor`.
  virtual core::Outcome<> reload_certificates() = 0;

  virtual std::size_t connections() const = 0;
};

}  // namespace outrider::net
