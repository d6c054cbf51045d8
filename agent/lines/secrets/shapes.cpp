#include "agent/lines/secrets/shapes.hpp"

#include <algorithm>

namespace outrider::lines::secrets {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
bool beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_local(char c) {
  return is_alnum(c) || beyond_ascii(c) || std::string_view("._%+-'#$!&*~").find(c) != std::string_view::npos;
}
bool is_domain(char c) { return is_alnum(c) || beyond_ascii(c) || c == '-' || c == '.'; }
bool is_base64url(char c) { return is_alnum(c) || c == '-' || c == '_'; }
bool is_token(char c) { return is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '='; }

// Of what stands before the sign, each byte of it written with three.
constexpr std::size_t longest_encoded = 192;

template <class Is>
std::size_t end_of_run(std::string_view text, std::size_t from, const Is& is) {
  while (from < text.size() && is(text[from])) ++from;
  return from;
}

bool is_top_level(std::string_view label) {
  if (label.starts_with("xn--")) return label.size() > 4;
  return label.size() >= 2 &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter(c) || beyond_ascii(c); });
}

}  // namespace

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

Found email_at(std::string_view text, std::size_t at_sign, std::size_t floor) {
  const bool encoded = text[at_sign] == '%';
  if (encoded && text.substr(at_sign, 3) != "%40") return std::nullopt;
  const std::size_t behind = at_sign + (encoded ? 3 : 1);
  // What is written before one %40 may be written before the next as well: time must stay linear.
  if (encoded && at_sign > floor + longest_encoded) floor = at_sign - longest_encoded;
  std::size_t from = at_sign;
  if (from > floor + 1 && text[from - 1] == '"') {
    // "john doe"@example.com
    const std::size_t lowest = from > floor + 66 ? from - 66 : floor;
    const std::size_t quote = text.substr(lowest, from - 1 - lowest).rfind('"');
    if (quote != std::string_view::npos) from = lowest + quote;
  } else {
    while (from > floor && is_local(text[from - 1])) --from;
  }
  std::size_t to = end_of_run(text, behind, is_domain);
  while (to > behind && (text[to - 1] == '.' || text[to - 1] == '-')) --to;
  const std::string_view domain = text.substr(behind, to - behind);
  const std::size_t point = domain.rfind('.');
  if (from == at_sign || point == std::string_view::npos || point == 0) return std::nullopt;
  if (!is_top_level(domain.substr(point + 1))) return std::nullopt;
  return Extent{from, to};
}

Found jwt_at(std::string_view text, std::size_t letter_j, std::size_t floor) {
  if (letter_j < floor + 2 || text[letter_j - 1] != 'y' || text[letter_j - 2] != 'e') return std::nullopt;
  const std::size_t from = letter_j - 2;
  if (from > floor && is_base64url(text[from - 1])) return std::nullopt;
  std::size_t to = end_of_run(text, from, is_base64url);
  if (to - from < 10) return std::nullopt;
  std::size_t parts = 1;
  while (to < text.size() && text[to] == '.' && parts < 5) {
    const std::size_t end = end_of_run(text, to + 1, is_base64url);
    if (parts == 1 && end == to + 1) return std::nullopt;
    to = end;
    ++parts;
  }
  if (parts == 1) return std::nullopt;
  return Extent{from, to};
}

Found bearer_at(std::string_view text, std::size_t letter_b) {
  constexpr std::size_t length = 6;
  if (letter_b > 0 && (is_alnum(text[letter_b - 1]) || text[letter_b - 1] == '_')) return std::nullopt;
  if (!same_letters(text.substr(letter_b, length), "bearer")) return std::nullopt;
  std::size_t from = letter_b + length;
  while (from < text.size() && from < letter_b + length + 8 && (text[from] == ' ' || text[from] == '\t'))
    ++from;
  if (from == letter_b + length) return std::nullopt;
  const std::size_t to = end_of_run(text, from, is_token);
  const std::string_view token = text.substr(from, to - from);
  std::string_view before = text.substr(0, letter_b);
  before = before.substr(before.size() > 24 ? before.size() - 24 : 0);
  while (!before.empty() && !is_letter(before.back())) before.remove_suffix(1);
  constexpr std::string_view header = "authorization";
  const bool in_header =
      before.size() >= header.size() && same_letters(before.substr(before.size() - header.size()), header);
  // "bearer authentication required" is no token: one has digits, or is long.
  const bool telling = std::any_of(token.begin(), token.end(), is_digit) || token.size() >= 20;
  if (token.empty() || !(in_header || (token.size() >= 8 && telling))) return std::nullopt;
  return Extent{from, to};
}

}  // namespace outrider::lines::secrets
