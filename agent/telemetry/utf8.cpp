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

void append_character(std::string& out, std::uint32_t point) {
  const auto rest = [point](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += rest(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += rest(6);
    out += rest(0);
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += rest(12);
    out += rest(6);
    out += rest(0);
  }
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

bool append_utf16(std::string& out, std::string_view bytes, bool big_endian) {
  bool good = bytes.size() % 2 == 0;
  const auto unit_at = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    std::uint32_t point = unit_at(at);
    const bool first_half = point >= 0xD800 && point < 0xDC00 && at + 3 < bytes.size();
    const std::uint32_t next = first_half ? unit_at(at + 2) : 0;
    if (next >= 0xDC00 && next < 0xE000) {
      point = 0x10000 + ((point - 0xD800) << 10) + (next - 0xDC00);
      at += 2;
    } else if (point >= 0xD800 && point < 0xE000) {
      point = 0xFFFD;
      good = false;
    }
    append_character(out, point);
  }
  if (at < bytes.size()) append_character(out, 0xFFFD);
  return good;
}

std::size_t whole_characters(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text.size();
  std::size_t end = bytes;
  // A character has at most three bytes after its first; more of them is no text anyway.
  for (int back = 0; back < 3 && end > 0 && continues(static_cast<unsigned char>(text[end])); ++back) --end;
  return continues(static_cast<unsigned char>(text[end])) || end == 0 ? bytes : end;
}

}  // namespace outrider::telemetry
