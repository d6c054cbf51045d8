#include "agent/recovery/level.hpp"

#include <array>

namespace outrider::recovery {
namespace {

constexpr std::array<std::string_view, 6> words = {"unknown", "claimed",  "listed",
                                                   "checked", "replayed", "asserted"};

}  // namespace

std::string name_of(Level level) {
  const auto index = static_cast<std::size_t>(level);
  if (level == Level::unknown) return "unknown";
  return "L" + std::to_string(index - 1) + " " + std::string(words.at(index));
}

std::optional<Level> parse_level(std::string_view text) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (text == words[i]) return static_cast<Level>(i);
  }
  if (!text.empty() && (text.front() == 'L' || text.front() == 'l')) text.remove_prefix(1);
  if (text.size() != 1 || text.front() < '0' || text.front() > '4') return std::nullopt;
  return static_cast<Level>(text.front() - '0' + 1);
}

}  // namespace outrider::recovery
