#include "agent/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/core.h>

namespace outrider::core {
namespace {

struct Unit {
  std::string_view name;
  double size;
};

constexpr std::array<Unit, 7> duration_units{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};

constexpr std::array<Unit, 9> byte_units{{{"", 1},
                                          {"B", 1},
                                          {"KB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"KiB", 0x1p10},
                                          {"MiB", 0x1p20},
                                          {"GiB", 0x1p30},
                                          {"TiB", 0x1p40}}};

bool is_digit_or_dot(char c) { return (c >= '0' && c <= '9') || c == '.'; }

// Takes one "number unit" off the front of `text`; nothing when there is none.
template <std::size_t Count>
std::optional<double> take_quantity(std::string_view& text, const std::array<Unit, Count>& units) {
  if (text.empty() || !is_digit_or_dot(text.front())) return std::nullopt;  // no sign, no "nan", no "inf"
  double number = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (parsed.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto unit_end = std::find_if(text.begin(), text.end(), is_digit_or_dot);
  const std::string_view unit(text.data(), static_cast<std::size_t>(unit_end - text.begin()));
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    text.remove_prefix(unit.size());
    return number * known.size;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> read_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto part = take_quantity(text, duration_units);
    if (!part) return std::nullopt;
    total += *part;
  }
  if (total > 9.2e18) return std::nullopt;
  return Duration(std::llround(total));
}

std::string show_duration(Duration length) {
  if (length < Duration::zero()) return "-" + show_duration(-length);
  std::int64_t rest = length.count();
  if (rest == 0) return "0s";
  const bool whole_seconds = rest % 1'000'000'000 == 0;
  if (!whole_seconds && rest < 60'000'000'000) {
    for (std::size_t i = 4; i-- > 0;) {
      const double value = static_cast<double>(rest) / duration_units[i].size;
      // What is rounded up to a thousand of one unit is one of the next.
      if (value >= 0.9995) return fmt::format("{:.3g}{}", value, duration_units[i].name);
    }
  }
  std::string text;
  int parts = 0;
  for (std::size_t i = duration_units.size(); i-- > 3;) {
    const auto size = static_cast<std::int64_t>(duration_units[i].size);
    if (rest < size) continue;
    if (!whole_seconds && ++parts > 2) break;
    text += fmt::format("{}{}", rest / size, duration_units[i].name);
    rest %= size;
  }
  return text;
}

std::string show_age(Duration age) {
  const auto seconds = std::max<std::int64_t>(0, age.count() / 1'000'000'000);
  const auto days = seconds / 86400;
  const auto hours = seconds / 3600 % 24;
  const auto minutes = seconds / 60 % 60;
  if (days > 0) {
    const std::string text = fmt::format("{} {}", days, days == 1 ? "day" : "days");
    return hours > 0 ? text + fmt::format(" {} h", hours) : text;
  }
  if (hours > 0) return minutes > 0 ? fmt::format("{} h {} min", hours, minutes) : fmt::format("{} h", hours);
  if (minutes > 0) {
    return seconds % 60 > 0 ? fmt::format("{} min {} s", minutes, seconds % 60)
                            : fmt::format("{} min", minutes);
  }
  return fmt::format("{} s", seconds);
}

std::optional<std::uint64_t> read_bytes(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto value = take_quantity(text, byte_units);
  if (!value || !text.empty() || *value > 0x1p62) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*value));
}

std::string show_bytes(std::uint64_t bytes) {
  for (std::size_t i = byte_units.size(); i-- > 5;) {
    const double value = static_cast<double>(bytes) / byte_units[i].size;
    if (value >= 1) return fmt::format("{:.4g} {}", value, byte_units[i].name);
  }
  return fmt::format("{} B", bytes);
}

std::string show_time(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time - whole).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     millis);
}

std::optional<WallTime> read_time(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < shape.size() + 1 || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t length) {
    int value = 0;
    for (std::size_t i = from; i < from + length; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day day(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                           std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) return std::nullopt;
  // What nanoseconds since 1970 in 64 bits can hold.
  if (number(0, 4) < 1678 || number(0, 4) > 2261) return std::nullopt;
  Duration fraction{};
  std::string_view rest = text.substr(shape.size(), text.size() - shape.size() - 1);
  if (!rest.empty()) {
    if (rest.front() != '.' || rest.size() < 2 || rest.size() > 10) return std::nullopt;
    std::int64_t unit = 100'000'000;
    for (const char c : rest.substr(1)) {
      if (c < '0' || c > '9') return std::nullopt;
      fraction += Duration((c - '0') * unit);
      unit /= 10;
    }
  }
  return WallTime(sys_days(day)) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2)) +
         fraction;
}

std::string show_clock(WallTime time) { return show_time(time).substr(11, 12); }

namespace {

// The length of the well-formed UTF-8 sequence at the front, or 0. Overlong forms, surrogates and what lies
// beyond U+10FFFF are not well-formed.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = at(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool outside = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::string clean_utf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    clean += length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return clean;
}

std::string without_controls(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

namespace {

// Damerau-Levenshtein, restricted: one slip of the finger (swap, drop, add, change) costs 1.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view typed, const std::string_view* begin, const std::string_view* end) {
  if (typed.size() > 64) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const auto* candidate = begin; candidate != end; ++candidate) {
    const std::size_t distance = slips(typed, *candidate);
    if (distance < least) {
      least = distance;
      best = *candidate;
    }
  }
  return best;
}

}  // namespace outrider::core
