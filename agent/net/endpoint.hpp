// Addresses and URLs as people write them, taken apart.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::net {

// "host:port", "[::1]:80", ":9464" (any address, for listening), "unix:/path".
struct Endpoint {
  std::string host;  // without brackets; empty on a Unix socket
  std::uint16_t port = 0;
  std::string path;  // of the Unix socket, else empty

  bool is_unix() const { return !path.empty(); }
  std::string text() const;  // as it was written
  bool operator==(const Endpoint&) const = default;
};

core::Outcome<Endpoint> read_endpoint(std::string_view text);

// "http://host[:port]/target", "https://…", "unix:/path/to.sock:/target".
struct Url {
  Endpoint endpoint;
  bool tls = false;
  std::string target = "/";  // path and query, as sent on the wire
  std::string host_header;   // as the URL has it; "localhost" on a Unix socket
};

core::Outcome<Url> read_url(std::string_view text);

// A request's target taken apart: the path decoded, the query as it is. False when the path is no path.
bool split_target(std::string_view target, std::string& path, std::string& query);

// "%41b+" -> "Ab+". False when an escape is broken, or there is a NUL, hidden or not.
bool percent_decode(std::string_view text, std::string& decoded);

}  // namespace outrider::net
