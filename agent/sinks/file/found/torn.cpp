#include "agent/sinks/file/found/torn.hpp"

#include <algorithm>

namespace outrider::sinks::file {
namespace {

constexpr std::uint64_t piece_bytes = 256u << 10;

}  // namespace

std::optional<std::uint64_t> torn_line_of(os::Files& files, const std::string& path) {
  const auto size = files.size_of(path);
  if (!size) return std::nullopt;
  for (std::uint64_t end = *size; end > 0;) {
    const std::uint64_t from = end - std::min(end, piece_bytes);
    const auto piece = files.read_part(path, from, end - from);
    if (!piece || piece->size() < end - from) return std::nullopt;
    const std::size_t at = piece->rfind('\n');
    if (at != std::string::npos) {
      const std::uint64_t begin = from + at + 1;
      return begin < *size ? std::optional(begin) : std::nullopt;
    }
    end = from;
  }
  return *size > 0 ? std::optional<std::uint64_t>(0) : std::nullopt;
}

}  // namespace outrider::sinks::file
