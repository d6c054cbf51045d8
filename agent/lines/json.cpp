#include "agent/lines/json.hpp"

#include "agent/lines/bytes.hpp"

#include <charconv>

namespace outrider::lines {
namespace {

constexpr int deepest = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool object_at_top(std::vector<Member>& members) {
    space();
    if (!take('{')) return false;
    space();
    if (!take('}')) {
      do {
        space();
        Member member;
        const char* start = at_;
        if (!string()) return false;
        member.key = {start + 1, static_cast<std::size_t>(at_ - start) - 2};
        space();
        if (!take(':')) return false;
        space();
        start = at_;
        if (!value(1)) return false;
        member.value = {start, static_cast<std::size_t>(at_ - start)};
        members.push_back(member);
        space();
      } while (take(','));
      if (!take('}')) return false;
    }
    space();
    return at_ == end_;
  }

  bool escaped() const { return escaped_; }

  bool list_at_top(std::vector<Member>& items) {
    space();
    if (!take('[')) return false;
    space();
    if (!take(']')) {
      do {
        space();
        const char* const start = at_;
        if (!value(1)) return false;
        items.push_back({{}, {start, static_cast<std::size_t>(at_ - start)}});
        space();
      } while (take(','));
      if (!take(']')) return false;
    }
    space();
    return at_ == end_;
  }

 private:
  bool value(int depth) {
    if (at_ == end_ || depth > deepest) return false;
    switch (*at_) {
      case '"': return string();
      case '{': return container(depth, '}', true);
      case '[': return container(depth, ']', false);
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  bool container(int depth, char close, bool keyed) {
    ++at_;
    space();
    if (take(close)) return true;
    do {
      space();
      if (keyed) {
        if (!string()) return false;
        space();
        if (!take(':')) return false;
        space();
      }
      if (!value(depth + 1)) return false;
      space();
    } while (take(','));
    return take(close);
  }

  bool string() {
    if (!take('"')) return false;
    for (;;) {
      at_ = find_special(at_, end_);
      if (at_ == end_) return false;
      const char c = *at_++;
      if (c == '"') return true;
      if (c != '\\' || !escape()) return false;
      escaped_ = true;
    }
  }

  bool escape() {
    if (at_ == end_) return false;
    const char c = *at_++;
    if (c == 'u') {
      for (int i = 0; i < 4; ++i) {
        if (at_ == end_ || !is_hex(*at_++)) return false;
      }
      return true;
    }
    return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
  }

  bool number() {
    take('-');
    if (at_ == end_ || !is_digit(*at_)) return false;
    if (*at_ == '0') {
      ++at_;
    } else {
      digits();
    }
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  bool digits() {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }

  bool word(std::string_view expected) {
    if (static_cast<std::size_t>(end_ - at_) < expected.size()) return false;
    if (std::string_view(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  void space() {
    if (at_ != end_ && static_cast<unsigned char>(*at_) > ' ') return;
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }

  const char* at_;
  const char* end_;
  bool escaped_ = false;
};

void append_code_point(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

std::uint32_t hex_at(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  return value;
}

bool is_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDFFF; }

// Is the escape at `at` (the backslash) the first half of a pair whose other half follows?
bool begins_pair(std::string_view text, std::size_t at, std::uint32_t first) {
  if (first >= 0xDC00 || at + 12 > text.size() || text[at + 6] != '\\' || text[at + 7] != 'u') return false;
  const std::uint32_t second = hex_at(text, at + 8);
  return second >= 0xDC00 && second <= 0xDFFF;
}

// Reads \uXXXX at `at` (the backslash), a surrogate pair as one; returns how many bytes it took.
std::size_t append_unicode_escape(std::string& out, std::string_view text, std::size_t at) {
  const std::uint32_t first = hex_at(text, at + 2);
  if (!is_surrogate(first)) {
    append_code_point(out, first);
    return 6;
  }
  if (begins_pair(text, at, first)) {
    append_code_point(out, 0x10000 + ((first - 0xD800) << 10) + (hex_at(text, at + 8) - 0xDC00));
    return 12;
  }
  append_code_point(out, 0xFFFD);
  return 6;
}

}  // namespace

bool scan_object(std::string_view text, std::vector<Member>& members) {
  members.clear();
  return Scanner(text).object_at_top(members);
}

bool scan_object(std::string_view text, std::vector<Member>& members, bool& escaped) {
  members.clear();
  Scanner scanner(text);
  const bool valid = scanner.object_at_top(members);
  escaped = scanner.escaped();
  return valid;
}

bool scan_list(std::string_view text, std::vector<Member>& items) {
  items.clear();
  return Scanner(text).list_at_top(items);
}

std::string_view string_value(std::string_view raw, std::string& buffer) {
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  buffer.clear();
  for (std::size_t at = 0; at < inside.size();) {
    if (inside[at] != '\\') {
      buffer += inside[at++];
      continue;
    }
    switch (inside[at + 1]) {
      case 'b': buffer += '\b'; break;
      case 'f': buffer += '\f'; break;
      case 'n': buffer += '\n'; break;
      case 'r': buffer += '\r'; break;
      case 't': buffer += '\t'; break;
      case 'u': at += append_unicode_escape(buffer, inside, at) - 2; break;
      default: buffer += inside[at + 1];
    }
    at += 2;
  }
  return buffer;
}

void append_json(std::string& out, std::string_view raw) {
  std::size_t from = 0;
  for (std::size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at)) {
    const std::uint32_t unit = raw[at + 1] == 'u' ? hex_at(raw, at + 2) : 0;
    if (!is_surrogate(unit)) {
      at += 2;
      continue;
    }
    if (begins_pair(raw, at, unit)) {
      at += 12;
      continue;
    }
    out.append(raw.substr(from, at - from)).append("\\ufffd");
    at += 6;
    from = at;
  }
  out.append(raw.substr(from));
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  const char* from = text.data();
  const char* const end = from + text.size();
  for (;;) {
    const char* const at = find_special(from, end);
    out.append(from, static_cast<std::size_t>(at - from));
    if (at == end) return;
    from = at + 1;
    const auto byte = static_cast<unsigned char>(*at);
    out += '\\';
    switch (byte) {
      case '"':
      case '\\': out += *at; break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      default:
        out += "u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
  }
}

}  // namespace outrider::lines
