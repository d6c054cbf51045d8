#include "agent/net/wire/socket_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace outrider::net {
namespace {

core::Errc code_of_lookup(int problem) {
  switch (problem) {
    case EAI_NONAME: return core::Errc::not_found;
    case EAI_AGAIN: return core::Errc::unavailable;
    case EAI_MEMORY: return core::Errc::exhausted;
    default: return core::Errc::unavailable;
  }
}

int ask_resolver(const std::string& host, std::uint16_t port, int flags, std::vector<SocketAddress>& found) {
  addrinfo wish{};
  wish.ai_family = AF_UNSPEC;
  wish.ai_socktype = SOCK_STREAM;
  wish.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wish, &list);
  if (problem != 0) return problem;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    found.push_back(address);
  }
  return 0;
}

}  // namespace

std::string SocketAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (family() == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &four.sin_addr, buffer.data(), buffer.size());
    return std::string(buffer.data()) + ":" + std::to_string(ntohs(four.sin_port));
  }
  if (family() == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
    const std::string port = std::to_string(ntohs(six.sin6_port));
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
      ::inet_ntop(AF_INET, six.sin6_addr.s6_addr + 12, buffer.data(), buffer.size());
      return std::string(buffer.data()) + ":" + port;
    }
    ::inet_ntop(AF_INET6, &six.sin6_addr, buffer.data(), buffer.size());
    return "[" + std::string(buffer.data()) + "]:" + port;
  }
  return "unix:";
}

SocketAddress unix_address(const std::string& path) {
  SocketAddress address;
  sockaddr_un raw{};
  raw.sun_family = AF_UNIX;
  std::memcpy(raw.sun_path, path.c_str(), std::min(path.size(), sizeof raw.sun_path - 1));
  std::memcpy(&address.storage, &raw, sizeof raw);
  address.size = sizeof raw;
  return address;
}

std::vector<SocketAddress> read_numeric(const std::string& host, std::uint16_t port) {
  std::vector<SocketAddress> found;
  (void)ask_resolver(host, port, AI_NUMERICHOST, found);
  return found;
}

core::Outcome<std::vector<SocketAddress>> look_up(const std::string& host, std::uint16_t port) {
  std::vector<SocketAddress> found;
  const int problem = ask_resolver(host, port, 0, found);
  if (problem == EAI_SYSTEM) return core::fail(core::system_error("cannot resolve " + host));
  if (problem != 0) {
    return core::fail(code_of_lookup(problem), "cannot resolve " + host + ": " + ::gai_strerror(problem));
  }
  return found;
}

}  // namespace outrider::net
