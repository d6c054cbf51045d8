// Taking a text apart, and putting something else into it.
#pragma once

#include <string>
#include <string_view>

namespace outrider::core {

// What stands before the next `end`, which is removed from `rest` with it. The last piece need not have one.
inline std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return piece;
}
inline std::string_view take_line(std::string_view& rest) { return take_until(rest, '\n'); }

// Every `mark` replaced; what is put in is not looked at again.
inline std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size()))
    text.replace(at, mark.size(), by);
  return text;
}

}  // namespace outrider::core
