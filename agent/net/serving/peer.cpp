#include "agent/net/serving/peer.hpp"

#include "agent/core/number.hpp"

#include <fmt/core.h>

namespace outrider::net {

std::string show_peer(pid_t pid, uid_t uid) { return fmt::format("pid {} uid {}", pid, uid); }

std::optional<std::uint32_t> user_of(std::string_view peer) {
  constexpr std::string_view mark = " uid ";
  const std::size_t at = peer.rfind(mark);
  if (!peer.starts_with("pid ") || at == std::string_view::npos) return std::nullopt;
  return core::read_number<std::uint32_t>(peer.substr(at + mark.size()));
}

}  // namespace outrider::net
