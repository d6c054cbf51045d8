// Text in which each byte that does not stand for itself is written as %XX: URLs, and what gRPC says.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace outrider::core {

inline bool is_letter_or_digit(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

template <std::predicate<char> IsPlain>
std::string percent_encoded(std::string_view text, const IsPlain& is_plain) {
  std::string encoded;
  for (const char byte : text) {
    if (is_plain(byte)) {
      encoded += byte;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return encoded;
}

// Letters, digits and these stand for themselves.
inline std::string percent_encoded(std::string_view text, std::string_view plain) {
  return percent_encoded(text, [plain](char byte) {
    return is_letter_or_digit(byte) || plain.find(byte) != std::string_view::npos;
  });
}

}  // namespace outrider::core
