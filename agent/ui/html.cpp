#include "agent/ui/html.hpp"

#include "agent/core/text.hpp"

namespace outrider::ui {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// U+202A…U+202E and U+2066…U+2069, with which a text can pretend to be another one.
bool turns_direction(std::string_view at) {
  if (at.size() < 3 || at[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(at[2]);
  return (at[1] == '\x80' && last >= 0xAA && last <= 0xAE) ||
         (at[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

// The longest part of at most `most` bytes that does not cut a character in two.
std::string_view clip(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

std::string escape(std::string_view text, std::size_t most) {
  const std::string clean = core::clean_utf8(text.substr(0, most + 4));
  const std::string_view shown = clip(clean, most);
  std::string html;
  html.reserve(shown.size() + 16);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    const auto code = static_cast<unsigned char>(c);
    if (turns_direction(shown.substr(i))) {
      html += replacement;
      i += 2;
    } else if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else if (c == '"') {
      html += "&quot;";
    } else if (c == '\'') {
      html += "&#39;";
    } else if (c == '\n' || c == '\t') {
      html += ' ';
    } else if (code < 0x20 || code == 0x7F) {
      html += replacement;
    } else {
      html += c;
    }
  }
  if (shown.size() < clean.size() || text.size() > most + 4) html += "…";
  return html;
}

}  // namespace outrider::ui
