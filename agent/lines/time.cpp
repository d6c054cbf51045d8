#include "agent/lines/time.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

namespace outrider::lines {
namespace {

using std::chrono::nanoseconds;

// A cursor that remembers whether everything so far fitted.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count) return fail();
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  bool take_any(std::string_view of) {
    if (rest_.empty() || of.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view of) {
    if (!take_any(of)) fail();
  }
  void skip(std::size_t count) { rest_.remove_prefix(count < rest_.size() ? count : rest_.size()); }

  nanoseconds fraction() {
    std::int64_t value = 0;
    int places = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1)) {
      if (places < 9) value = value * 10 + (rest_.front() - '0'), ++places;
    }
    if (places == 0) fail();
    for (; places < 9; ++places) value *= 10;
    return nanoseconds(value);
  }

  char last() const { return last_; }
  bool ended() const { return rest_.empty() && !failed_; }
  bool failed() const { return failed_; }

 private:
  int fail() {
    failed_ = true;
    return 0;
  }

  std::string_view rest_;
  char last_ = 0;
  bool failed_ = false;
};

// Two digits, or more than any time has.
unsigned two_digits(const char* at) {
  const auto tens = static_cast<unsigned char>(at[0] - '0'), ones = static_cast<unsigned char>(at[1] - '0');
  return tens > 9 || ones > 9 ? 10'000u : tens * 10u + ones;
}

// As most loggers write it: 2026-11-21T11:26:03Z, with a fraction of up to nine digits. Nothing for all else,
// right or wrong.
std::optional<core::WallTime> read_usual(std::string_view text) {
  using namespace std::chrono;
  const char* const at = text.data();
  if (text.size() < 20 || text.size() > 30 || at[4] != '-' || at[7] != '-' || at[10] != 'T' ||
      at[13] != ':' || at[16] != ':' || text.back() != 'Z')
    return std::nullopt;
  const unsigned y = two_digits(at) * 100 + two_digits(at + 2), m = two_digits(at + 5),
                 d = two_digits(at + 8);
  const unsigned hour = two_digits(at + 11), minute = two_digits(at + 14), second = two_digits(at + 17);
  if (y < 1700 || y > 2200 || m > 12 || d > 31 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const year_month_day date{year(static_cast<int>(y)), month(m), day(d)};
  if (!date.ok()) return std::nullopt;
  std::uint32_t part = 0;
  if (text.size() > 20) {
    if (at[19] != '.' || text.size() == 21) return std::nullopt;
    std::size_t place = 20;
    for (; place + 1 < text.size(); ++place) {
      const auto digit = static_cast<unsigned char>(at[place] - '0');
      if (digit > 9) return std::nullopt;
      part = part * 10 + digit;
    }
    for (; place < 29; ++place) part *= 10;
  }
  return core::WallTime(sys_days(date) + seconds(hour * 3600 + minute * 60 + second) + nanoseconds(part));
}

// The time of a day and its offset, in what is left of the reader; nothing when that is not all.
std::optional<core::WallTime> read_clock(Reader& reader, std::chrono::year_month_day day) {
  using namespace std::chrono;
  const int hour = reader.digits(2);
  reader.need(":");
  const int minute = reader.digits(2);
  reader.need(":");
  const int second = reader.digits(2);
  nanoseconds part{0};
  if (reader.take_any(".,")) part = reader.fraction();
  minutes offset{0};
  reader.take_any(" ");
  if (reader.take_any("+-")) {
    const int sign = reader.last() == '-' ? -1 : 1;
    const int hours_off = reader.digits(2);
    reader.take_any(":");
    offset = sign * minutes(hours_off * 60 + reader.digits(2));
  } else {
    reader.take_any("Zz");
  }
  const int y = static_cast<int>(day.year());
  // Nanoseconds of 64 bits hold 1678 to 2261.
  const bool sane = day.ok() && y >= 1700 && y <= 2200 && hour < 24 && minute < 60 && second <= 60;
  if (!reader.ended() || !sane) return std::nullopt;
  return core::WallTime(sys_days(day) + hours(hour) + minutes(minute) + seconds(second) + part - offset);
}

// 2026-11-21T…, 2026/11/21 …
std::optional<core::WallTime> read_calendar(std::string_view text) {
  using namespace std::chrono;
  Reader reader(text);
  const int y = reader.digits(4);
  reader.need("-/");
  const int m = reader.digits(2);
  reader.need("-/");
  const int d = reader.digits(2);
  reader.need("Tt ");
  return read_clock(reader, {year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))});
}

// 21/Nov/2026:…
std::optional<core::WallTime> read_access_log(std::string_view text) {
  using namespace std::chrono;
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  Reader reader(text);
  const int d = reader.digits(2);
  reader.need("/");
  const std::size_t at = text.size() > 6 ? months.find(text.substr(3, 3)) : std::string_view::npos;
  if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  reader.skip(3);
  reader.need("/");
  const int y = reader.digits(4);
  reader.need(":");
  return read_clock(reader,
                    {year(y), month(static_cast<unsigned>(at / 3 + 1)), day(static_cast<unsigned>(d))});
}

std::optional<core::WallTime> read_number(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  double unit = 0;
  if (value >= 1e8 && value < 1e11) unit = 1e9;  // seconds, 1973 to 5138
  if (value >= 1e11 && value < 1e14) unit = 1e6;
  if (value >= 1e14 && value < 1e17) unit = 1e3;
  if (value >= 1e17 && value < 9e18) unit = 1;
  if (unit == 0 || value * unit >= 9.2e18) return std::nullopt;
  // In two steps: a double has no room for nanoseconds since 1970.
  const double whole = std::floor(value);
  return core::WallTime(nanoseconds(static_cast<std::int64_t>(whole) * static_cast<std::int64_t>(unit) +
                                    static_cast<std::int64_t>((value - whole) * unit)));
}

}  // namespace

std::optional<core::WallTime> read_time(std::string_view text) {
  using namespace std::chrono;
  if (text.size() > 64) return std::nullopt;
  if (const auto usual = read_usual(text)) return usual;
  std::optional<core::WallTime> time;
  if (text.size() > 4 && (text[4] == '-' || text[4] == '/')) {
    time = read_calendar(text);
  } else if (text.size() > 2 && text[2] == '/') {
    time = read_access_log(text);
  } else {
    time = read_number(text);
  }
  // However it was written, what we write of it can be read back.
  const bool sane = time && *time >= sys_days(year(1700) / 1 / 1) && *time < sys_days(year(2201) / 1 / 1);
  return sane ? time : std::nullopt;
}

void append_time(std::string& out, core::WallTime time) {
  using namespace std::chrono;
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const auto since = static_cast<std::uint64_t>((time - midnight).count());
  const std::uint64_t second = since / 1'000'000'000;
  std::uint64_t part = since % 1'000'000'000;
  const int places = part % 1'000'000 == 0 ? 3 : part % 1'000 == 0 ? 6 : 9;
  for (int dropped = 9; dropped > places; --dropped) part /= 10;
  char text[32];
  char* at = text;
  const auto put = [&at](std::uint64_t value, int width, char after) {
    for (int place = width - 1; place >= 0; --place, value /= 10)
      at[place] = static_cast<char>('0' + value % 10);
    at += width;
    *at++ = after;
  };
  put(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, '-');
  put(static_cast<unsigned>(date.month()), 2, '-');
  put(static_cast<unsigned>(date.day()), 2, 'T');
  put(second / 3600, 2, ':');
  put(second / 60 % 60, 2, ':');
  put(second % 60, 2, '.');
  put(part, places, 'Z');
  out.append(text, static_cast<std::size_t>(at - text));
}

}  // namespace outrider::lines
