// Who called over a Unix socket, as the kernel says: what Call::peer holds then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace outrider::net {

std::string show_peer(pid_t pid, uid_t uid);  // "pid 4711 uid 1000"

// The user in such a text; nothing when it is none.
std::optional<std::uint32_t> user_of(std::string_view peer);

}  // namespace outrider::net
