#include "agent/telemetry/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace outrider::telemetry {
namespace {

bool continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the character that begins `text`; 0 when none does.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return text.size() >= 2 && continues(byte(1)) ? 2 : 0;
  if (lead < 0xF0) {
    if (text.size() < 3 || !continues(byte(1)) || !continues(byte(2))) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (lead == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
    return 3;
  }
  if (lead > 0xF4 || text.size() < 4) return 0;
  if (!continues(byte(1)) || !continues(byte(2)) || !continues(byte(3))) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;   // overlong
  if (lead == 0xF4 && byte(1) >= 0x90) return 0;  // beyond U+10FFFF
  return 4;
}

// How many bytes at the start are plain ASCII, eight at a time.
std::size_t ascii_length(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + 8 <= text.size(); at += 8) {
    std::memcpy(&eight, text.data() + at, 8);
    if (eight & 0x8080808080808080u) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// How many bytes at the start are UTF-8.
std::size_t valid_length(std::string_view text) {
  std::size_t at = 0;
  for (;;) {
    at += ascii_length(text.substr(at));
    if (at == text.size()) return at;
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
}

}  // namespace

bool valid_utf8(std::string_view text) { return valid_length(text) == text.size(); }

void append_repaired(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t good = valid_length(text);
    out.append(text.substr(0, good));
    if (good == text.size()) return;
    out.append("\xEF\xBF\xBD");
    text.remove_prefix(good + 1);
  }
}

std::size_t whole_characters(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text.size();
  std::size_t end = bytes;
  // A character has at most three bytes after its first; more of them is no text anyway.
  for (int back = 0; back < 3 && end > 0 && continues(static_cast<unsigned char>(text[end])); ++back) --end;
  return continues(static_cast<unsigned char>(text[end])) || end == 0 ? bytes : end;
}

}  // namespace outrider::telemetry
