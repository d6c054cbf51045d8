// Sockets that listen, as /proc/net has them, and who holds one.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

struct ListeningSocket {
  std::string address;
  std::string inode;
};

// On a TCP port, of both families. `root` ends with "/".
core::Outcome<std::vector<ListeningSocket>> listening_sockets(const std::string& root, std::uint16_t port);

// False also when we may not look.
bool holds_socket(const std::string& root, pid_t pid, std::string_view inode);

}  // namespace outrider::os
