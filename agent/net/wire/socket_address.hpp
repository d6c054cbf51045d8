// Where a socket can be bound or connected to.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace outrider::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  std::string text() const;  // "127.0.0.1:80", "[::1]:80"; an IPv4 address within IPv6 as IPv4
};

SocketAddress unix_address(const std::string& path);

// A numeric address at once; empty when it is a name.
std::vector<SocketAddress> read_numeric(const std::string& host, std::uint16_t port);

// Asks the resolver for names. Blocks for as long as it takes.
core::Outcome<std::vector<SocketAddress>> look_up(const std::string& host, std::uint16_t port);

}  // namespace outrider::net
