// Taking a text apart, and putting something else into it.
#pragma once

#include <string>
#include <string_view>

namespace outrider::core {

// The next line without its end, which is removed from `rest` with it. The last one need not have an end.
inline std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// Every `mark` replaced; what is put in is not looked at again.
inline std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size()))
    text.replace(at, mark.size(), by);
  return text;
}

}  // namespace outrider::core
