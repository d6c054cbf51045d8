// A word as libpq reads it between the single quotes of a DSN.
#pragma once

#include <string>
#include <string_view>

namespace outrider::sql {

inline std::string quoted_in_dsn(std::string_view word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

}  // namespace outrider::sql
