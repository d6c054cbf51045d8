#include "agent/wal/lsn.hpp"

#include <charconv>

#include <fmt/format.h>

namespace outrider::wal {

std::string Lsn::text() const { return fmt::format("{:X}/{:X}", value >> 32, value & 0xFFFFFFFFu); }

std::optional<Lsn> parse_lsn(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::uint32_t half[2] = {};
  const std::string_view parts[2] = {text.substr(0, slash), text.substr(slash + 1)};
  for (int i = 0; i < 2; ++i) {
    const auto [end, trouble] = std::from_chars(parts[i].begin(), parts[i].end(), half[i], 16);
    if (trouble != std::errc{} || end != parts[i].end() || parts[i].empty()) return std::nullopt;
  }
  return Lsn{(std::uint64_t{half[0]} << 32) | half[1]};
}

}  // namespace outrider::wal
