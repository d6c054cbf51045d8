// Secrets that are mostly digits: card numbers by Luhn, IBANs by their country's length and their check
// digits, telephone numbers by how they are written.
#include "agent/lines/secrets/shapes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace outrider::lines::secrets {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alnum(char c) { return is_digit(c) || is_letter(c); }

// At most 20 digits are counted: no number here has more.
std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t count = 0;
  while (count < 20 && from + count < text.size() && is_digit(text[from + count])) ++count;
  return count;
}

// 0.4111111111111111 and x4111… are no cards: what stands before and after must not be part of the number.
bool free_before(std::string_view text, std::size_t from) {
  if (from == 0) return true;
  const char before = text[from - 1];
  if (is_alnum(before)) return false;
  return before != '.' || from < 2 || !is_digit(text[from - 2]);
}
bool free_after(std::string_view text, std::size_t to) {
  if (to >= text.size()) return true;
  if (is_alnum(text[to])) return false;
  return text[to] != '.' || to + 1 >= text.size() || !is_digit(text[to + 1]);
}

// Up to five runs of digits, one space or hyphen between each.
struct Runs {
  std::array<std::size_t, 5> length{};
  std::array<std::size_t, 5> end{};
  std::size_t count = 0;
};

Runs runs_at(std::string_view text, std::size_t from, std::string_view separators) {
  Runs runs;
  while (runs.count < runs.length.size()) {
    const std::size_t length = digits_at(text, from);
    if (length == 0) break;
    runs.length[runs.count] = length;
    runs.end[runs.count++] = from + length;
    from += length;
    if (from >= text.size() || separators.find(text[from]) == std::string_view::npos) break;
    ++from;
  }
  return runs;
}

bool passes_luhn(std::string_view text) {
  unsigned sum = 0;
  bool doubled = false;
  std::size_t digits = 0;
  for (auto at = text.rbegin(); at != text.rend(); ++at) {
    if (!is_digit(*at)) continue;
    unsigned value = static_cast<unsigned>(*at - '0');
    if (doubled) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    doubled = !doubled;
    sum += value;
    ++digits;
  }
  return digits >= 13 && digits <= 19 && sum % 10 == 0;
}

// By how cards are numbered: 3, 4, 5, 6, and 22 to 27.
bool begins_as_card(std::string_view text) {
  return (text[0] >= '3' && text[0] <= '6') || (text[0] == '2' && text[1] >= '2' && text[1] <= '7');
}

struct Country {
  std::string_view code;
  std::uint8_t length;
};

// From the registry of ISO 13616.
constexpr std::array<Country, 80> countries{
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
     {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
     {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
     {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
     {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
     {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
     {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
     {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
     {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
     {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"TN", 24}, {"TR", 26}, {"UA", 29}}};

std::size_t iban_length(std::string_view code) {
  for (const Country& country : countries) {
    if (same_letters(country.code, code)) return country.length;
  }
  return 0;
}

// ISO 7064: the first four to the end, letters as 10 to 35, and the rest by 97 is 1.
bool passes_97(std::string_view plain) {
  unsigned rest = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[(i + 4) % plain.size()];
    if (is_digit(c)) {
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    } else {
      rest = (rest * 100 + static_cast<unsigned>((c | 32) - 'a') + 10) % 97;
    }
  }
  return rest == 1;
}

}  // namespace

Found card_at(std::string_view text, std::size_t digit) {
  if (!free_before(text, digit)) return std::nullopt;
  const Runs runs = runs_at(text, digit, " -");
  const auto is = [&runs](std::initializer_list<std::size_t> lengths) {
    return runs.count >= lengths.size() && std::equal(lengths.begin(), lengths.end(), runs.length.begin());
  };
  const auto card = [&](std::size_t count) -> Found {
    const std::size_t to = runs.end[count - 1];
    const std::string_view number = text.substr(digit, to - digit);
    if (!free_after(text, to) || !begins_as_card(number) || !passes_luhn(number)) return std::nullopt;
    return Extent{digit, to};
  };
  if (runs.length[0] >= 13 && runs.length[0] <= 19) return card(1);
  Found found;
  if (is({4, 4, 4, 4, 3})) found = card(5);
  if (!found && is({4, 4, 4, 4})) found = card(4);
  if (!found && (is({4, 6, 5}) || is({4, 6, 4}))) found = card(3);
  return found;
}

Found iban_at(std::string_view text, std::size_t digit, std::size_t floor) {
  if (digit < floor + 2 || digits_at(text, digit) < 2) return std::nullopt;
  const std::size_t from = digit - 2;
  if (!is_letter(text[from]) || !is_letter(text[from + 1])) return std::nullopt;
  if (from > 0 && is_alnum(text[from - 1])) return std::nullopt;
  const std::size_t length = iban_length(text.substr(from, 2));
  if (length == 0) return std::nullopt;
  std::string plain;
  std::size_t at = from;
  for (; at < text.size() && plain.size() < length; ++at) {
    if (is_alnum(text[at])) {
      plain += text[at];
    } else if ((text[at] != ' ' && text[at] != '-') || !is_alnum(text[at - 1])) {
      return std::nullopt;
    }
  }
  if (plain.size() < length || (at < text.size() && is_alnum(text[at])) || !passes_97(plain))
    return std::nullopt;
  return Extent{from, at};
}

Found american_phone_at(std::string_view text, std::size_t digit) {
  const auto part_of_more = [&](std::size_t at) {
    return std::string_view("-.+/:_").find(text[at]) != std::string_view::npos;
  };
  if (digit > 0 && (is_alnum(text[digit - 1]) || part_of_more(digit - 1))) return std::nullopt;
  const Runs runs = runs_at(text, digit, "-.");
  const std::size_t skipped = runs.length[0] == 1 && text[digit] == '1' ? 1 : 0;
  const auto is = [&](std::size_t at, std::size_t length) {
    return runs.count > skipped + at && runs.length[skipped + at] == length;
  };
  if (!is(0, 3) || !is(1, 3) || !is(2, 4)) return std::nullopt;
  const std::size_t to = runs.end[skipped + 2];
  const bool goes_on = to + 1 < text.size() && part_of_more(to) && is_alnum(text[to + 1]);
  if (goes_on || (to < text.size() && is_alnum(text[to]))) return std::nullopt;
  return Extent{digit, to};
}

Found phone_at(std::string_view text, std::size_t plus_or_bracket) {
  const std::size_t from = plus_or_bracket;
  if (from > 0 && is_alnum(text[from - 1])) return std::nullopt;
  if (text[from] == '(') {
    const bool area = digits_at(text, from + 1) == 3 && text.substr(from + 4, 1) == ")";
    if (!area) return std::nullopt;
    const std::size_t rest = from + 5 + (text.substr(from + 5, 1) == " " ? 1 : 0);
    const Runs runs = runs_at(text, rest, "-. ");
    if (runs.count < 2 || runs.length[0] != 3 || runs.length[1] != 4) return std::nullopt;
    return Extent{from, runs.end[1]};
  }
  std::size_t digits = 0;
  std::size_t to = from;
  std::size_t best = from;  // where it may end, should what follows be a number of its own
  std::size_t between = 0;  // brackets, spaces, points since the last digit
  for (std::size_t at = from + 1; at < text.size() && digits <= 15 && between <= 2; ++at) {
    if (is_digit(text[at])) {
      if (digits == 0 && (at != from + 1 || text[at] == '0')) return std::nullopt;
      if (between > 0 && digits >= 8) best = to;
      ++digits;
      between = 0;
      to = at + 1;
    } else if (std::string_view(" .-()/").find(text[at]) != std::string_view::npos) {
      ++between;
    } else {
      break;
    }
  }
  if (digits > 15) to = best;
  if (digits < 8 || to == from || (to < text.size() && is_alnum(text[to]))) return std::nullopt;
  return Extent{from, to};
}

}  // namespace outrider::lines::secrets
