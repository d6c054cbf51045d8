#include "agent/transforms/syslog/message.hpp"

#include "agent/lines/time.hpp"

#include <array>
#include <cstdint>

namespace outrider::transforms::syslog {
namespace {

using namespace std::chrono_literals;

constexpr unsigned highest_priority = 191;
constexpr std::size_t longest_tag = 64;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take_priority(std::string_view& rest, unsigned& priority) {
  std::size_t at = 1;
  priority = 0;
  if (!rest.starts_with('<')) return false;
  for (; at < rest.size() && at <= 3 && is_digit(rest[at]); ++at)
    priority = priority * 10 + static_cast<unsigned>(rest[at] - '0');
  if (at == 1 || at == rest.size() || rest[at] != '>' || priority > highest_priority) return false;
  rest.remove_prefix(at + 1);
  return true;
}

std::string_view take_word(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

std::string_view unless_nil(std::string_view word) { return word == "-" ? std::string_view() : word; }

// So many bytes of `rest` are elements; nothing: they are not as they must be.
std::optional<std::size_t> length_of_elements(std::string_view rest) {
  std::size_t at = 0;
  while (at < rest.size() && rest[at] == '[') {
    const std::size_t id = ++at;
    while (at < rest.size() && rest[at] != ' ' && rest[at] != ']' && rest[at] != '"' && rest[at] != '=') ++at;
    if (at == id) return std::nullopt;
    while (at < rest.size() && rest[at] == ' ') {
      const std::size_t name = ++at;
      while (at < rest.size() && rest[at] != '=' && rest[at] != ' ' && rest[at] != ']' && rest[at] != '"')
        ++at;
      if (at == name || rest.substr(at, 2) != "=\"") return std::nullopt;
      at += 2;
      while (at < rest.size() && rest[at] != '"') at += rest[at] == '\\' ? 2 : 1;
      if (at >= rest.size()) return std::nullopt;
      ++at;
    }
    if (at >= rest.size() || rest[at] != ']') return std::nullopt;
    ++at;
  }
  return at;
}

std::string_view read_5424(std::string_view rest, Message& message) {
  message.is_5424 = true;
  const std::string_view time = take_word(rest);
  if (time != "-") {
    message.time = lines::read_time(time);
    if (!message.time) return "its time is not written as RFC 5424 has it";
  }
  message.host = unless_nil(take_word(rest));
  message.app = unless_nil(take_word(rest));
  message.process = unless_nil(take_word(rest));
  message.id = unless_nil(take_word(rest));
  if (rest.empty()) return "it ends within its head";
  if (rest.starts_with('-')) {
    rest.remove_prefix(1);
  } else {
    const auto length = length_of_elements(rest);
    if (!length || *length == 0) return "its structured data is not written as RFC 5424 has it";
    message.structured = rest.substr(0, *length);
    rest.remove_prefix(*length);
  }
  if (!rest.empty() && rest[0] != ' ') return "its structured data is not written as RFC 5424 has it";
  message.text = rest.empty() ? rest : rest.substr(1);
  if (message.text.starts_with(byte_order_mark)) message.text.remove_prefix(byte_order_mark.size());
  return "";
}

unsigned two_digits(std::string_view text, std::size_t at) {
  const char tens = text[at] == ' ' ? '0' : text[at];
  return static_cast<unsigned>((tens - '0') * 10 + (text[at + 1] - '0'));
}

core::WallTime nearest(std::chrono::month_day day, core::Duration of_day, core::WallTime received) {
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(received));
  core::WallTime best{};
  core::Duration least = core::Duration::max();
  for (const int step : {-1, 0, 1}) {
    const std::chrono::year_month_day date(today.year() + std::chrono::years(step), day.month(), day.day());
    if (!date.ok()) continue;
    const core::WallTime time = std::chrono::sys_days(date) + of_day;
    const core::Duration away = std::chrono::abs(time - received);
    if (away < least) {
      least = away;
      best = time;
    }
  }
  if (least > core::Duration(14h)) return best;  // no zone is so far away: it is old
  // Zones are whole quarters of an hour from each other.
  const core::Duration off = best - received;
  const auto quarters = (off + (off < core::Duration(0) ? -450s : 450s)) / core::Duration(15min);
  return best - quarters * core::Duration(15min);
}

// "Oct 11 22:14:15 ", of which the day may be padded with a blank or a nought.
bool take_bsd_time(std::string_view& rest, core::WallTime received, Message& message) {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view shape = "aaa 00 00:00:00";
  if (rest.size() < shape.size()) return false;
  for (std::size_t at = 3; at < shape.size(); ++at) {
    const bool fits =
        shape[at] == '0' ? is_digit(rest[at]) || (at == 4 && rest[at] == ' ') : rest[at] == shape[at];
    if (!fits) return false;
  }
  const std::size_t month = months.find(rest.substr(0, 3));
  if (month == std::string_view::npos || month % 3 != 0) return false;
  const std::chrono::month_day day{std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                   std::chrono::day(two_digits(rest, 4))};
  const unsigned hour = two_digits(rest, 7), minute = two_digits(rest, 10), second = two_digits(rest, 13);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return false;
  if (rest.size() > shape.size() && rest[shape.size()] != ' ' && rest[shape.size()] != ':') return false;
  const core::Duration of_day =
      std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  message.time = nearest(day, of_day, received);
  rest.remove_prefix(shape.size());
  if (rest.starts_with(':')) rest.remove_prefix(1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return true;
}

// As rsyslog and others write it where they may: the time of RFC 5424 in the form of RFC 3164.
bool take_full_time(std::string_view& rest, Message& message) {
  std::string_view after = rest;
  const std::string_view word = take_word(after);
  if (word.size() < 19 || word[4] != '-') return false;
  message.time = lines::read_time(word);
  if (message.time) rest = after;
  return message.time.has_value();
}

bool is_of_tag(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || c == '/' || c == '@';
}

// "su[17]: ", "kernel:"
bool take_tag(std::string_view& rest, Message& message) {
  std::size_t at = 0;
  while (at < rest.size() && at < longest_tag && is_of_tag(rest[at])) ++at;
  if (at == 0 || at == rest.size()) return false;
  const std::string_view app = rest.substr(0, at);
  std::string_view process;
  if (rest[at] == '[') {
    const std::size_t close = rest.find(']', at);
    if (close == std::string_view::npos || close - at > longest_tag) return false;
    process = rest.substr(at + 1, close - at - 1);
    at = close + 1;
  }
  if (at == rest.size() || rest[at] != ':') return false;
  message.app = app;
  message.process = process;
  rest.remove_prefix(at + 1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return true;
}

void read_3164(std::string_view rest, core::WallTime received, Message& message) {
  const bool has_head = take_bsd_time(rest, received, message) || take_full_time(rest, message);
  // Many devices leave the host out.
  if (has_head && !take_tag(rest, message)) {
    std::string_view after = rest;
    const std::string_view host = take_word(after);
    if (!host.empty() && !after.empty()) {
      message.host = host;
      rest = after;
    }
    (void)take_tag(rest, message);
  } else if (!has_head) {
    (void)take_tag(rest, message);
  }
  message.text = rest;
}

}  // namespace

std::string_view read(std::string_view line, core::WallTime received, Message& message) {
  message = {};
  if (!take_priority(line, message.priority)) return "it does not begin with a priority such as <13>";
  if (line.starts_with("1 ")) return read_5424(line.substr(2), message);
  read_3164(line, received, message);
  return "";
}

bool next_element(std::string_view& structured, std::string_view& id, std::string_view& pairs) {
  if (structured.empty()) return false;
  std::size_t at = 1;
  while (structured[at] != ' ' && structured[at] != ']') ++at;
  id = structured.substr(1, at - 1);
  const std::size_t begin = at;
  for (bool quoted = false; quoted || structured[at] != ']'; ++at) {
    if (structured[at] == '\\' && quoted) {
      ++at;
    } else if (structured[at] == '"') {
      quoted = !quoted;
    }
  }
  pairs = structured.substr(begin, at - begin);
  structured.remove_prefix(at + 1);
  return true;
}

bool next_pair(std::string_view& pairs, std::string_view& name, std::string_view& value) {
  if (pairs.empty()) return false;
  const std::size_t equals = pairs.find('=');
  name = pairs.substr(1, equals - 1);
  std::size_t at = equals + 2;
  while (pairs[at] != '"') at += pairs[at] == '\\' ? 2 : 1;
  value = pairs.substr(equals + 2, at - equals - 2);
  pairs.remove_prefix(at + 1);
  return true;
}

}  // namespace outrider::transforms::syslog
