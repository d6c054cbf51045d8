#include "agent/sources/journald/reading/cursor.hpp"

#include <algorithm>
#include <charconv>

namespace outrider::sources::journald {

std::optional<Cursor> read_cursor(std::string_view text) {
  Cursor cursor;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.starts_with("s=")) cursor.sequence = part.substr(2);
    if (!part.starts_with("i=")) continue;
    const std::string_view digits = part.substr(2);
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), cursor.number, 16);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  }
  if (cursor.sequence.empty() || cursor.number == 0) return std::nullopt;
  return cursor;
}

}  // namespace outrider::sources::journald
