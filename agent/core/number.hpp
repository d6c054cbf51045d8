#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace outrider::core {

// The number that the whole text is; nothing for an empty one, for what follows a number, and for one that
// does not fit.
template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace outrider::core
