// HTTP as the rooms see it: plain requests and responses. Who carries them is in client.hpp and server.hpp.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Empty when absent. Names are compared without regard to case.
std::string_view header(const Headers& headers, std::string_view name);

// Without regard to the case of ASCII letters.
bool same_word(std::string_view left, std::string_view right);

// How to trust an https server, and who to be. PEM files; empty: the system's authorities, no certificate.
struct TlsTrust {
  std::string authority;
  std::string certificate;
  std::string key;
  std::string server_name;  // expected in its certificate; empty: the host of the URL
  bool verify = true;
  bool wants_http2 = false;  // and asks for it by name (ALPN)

  auto operator<=>(const TlsTrust&) const = default;
};

struct Request {
  std::string method = "GET";
  std::string url;  // client: "http://host:port/path?query", "https://…", "unix:/run/x.sock:/path"
  Headers headers;
  std::string body;
  std::optional<TlsTrust> tls;  // empty: as the client was made
  // Sent in place of `body`: a large one can be used again by who owns it.
  std::shared_ptr<const std::string> shared_body{};
  // Of the answer: a longer body is left out instead of being an error. 0: as the client was made.
  std::uint64_t most_body_bytes = 0;
  // Of a good answer (2xx): each part of the body as it comes, in place of Response::body and of any bound on
  // the whole. False: that is enough, and nobody waits for the rest.
  std::function<bool(std::string_view part)> hear{};

  std::string_view payload() const { return shared_body ? std::string_view(*shared_body) : body; }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  bool body_left_out = false;                        // it was longer than the request allows
  std::optional<core::WallTime> certificate_ends{};  // the server's, over TLS
  std::shared_ptr<const std::string> shared_body{};  // of an answer that many get: sent instead of `body`

  std::string_view to_send() const { return shared_body ? *shared_body : std::string_view(body); }
};

// What a handler is given.
struct Call {
  std::string method;
  std::string path;   // decoded, without the query
  std::string query;  // raw, without '?'
  Headers headers;
  std::string body;
  std::string peer;           // "127.0.0.1:53122", or "pid 4711 uid 1000" on a Unix socket
  std::string client_name;    // the subject of a verified client certificate, else empty
  bool local_socket = false;  // came in over the Unix socket
};

using Handler = std::function<core::Task<Response>(const Call&)>;

class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  // A response of any status is an answer; an Error means that none came (refused, timed_out, unavailable …).
  // The limit is for the whole exchange, name resolution and body included.
  virtual core::Task<core::Outcome<Response>> ask(Request request, core::Duration limit) = 0;
};

// Opens a connection and closes it again: is anybody there?
class Dialer {
 public:
  Dialer() = default;
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;
  virtual ~Dialer() = default;

  // `address` is "host:port" or "unix:/path".
  virtual core::Task<core::Outcome<>> touch(std::string address, core::Duration limit) = 0;
};

}  // namespace outrider::net
