#include "agent/os/logging/json_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::os {
namespace {

bool continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

void append_ascii(std::string& to, char c) {
  switch (c) {
    case '"': to += "\\\""; return;
    case '\\': to += "\\\\"; return;
    case '\n': to += "\\n"; return;
    case '\r': to += "\\r"; return;
    case '\t': to += "\\t"; return;
    default: break;
  }
  const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  if (is_control) {
    fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
  } else {
    to += c;
  }
}

}  // namespace

// No surrogates, no overlong forms, nothing past U+10FFFF (RFC 3629).
std::size_t character_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : 4;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(at(i))) return 0;
  }
  const unsigned char second = at(1);
  const bool is_out_of_range = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                               (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return is_out_of_range ? 0 : length;
}

void append_json_string(std::string& to, std::string_view text, std::size_t most_bytes) {
  std::size_t cut = 0;
  if (text.size() > most_bytes) {
    std::size_t end = most_bytes;
    while (end > 0 && end > most_bytes - 4 && continues(static_cast<unsigned char>(text[end]))) --end;
    cut = text.size() - end;
    text = text.substr(0, end);
  }
  to += '"';
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 1) {
      append_ascii(to, text.front());
    } else if (length == 0) {
      to += "\xEF\xBF\xBD";
    } else {
      to += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  if (cut > 0) fmt::format_to(std::back_inserter(to), "… and {} bytes more", cut);
  to += '"';
}

}  // namespace outrider::os
