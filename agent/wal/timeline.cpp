#include "agent/wal/timeline.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::wal {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t most_switches = 100'000;

// The next word of `line`, which is shortened by it.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const auto last = text.find_last_not_of(blanks);
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

std::optional<TimelineSwitch> read_switch(std::string_view line) {
  const auto number = core::read_number<std::uint32_t>(take_word(line));
  const std::string_view place = take_word(line);
  TimelineSwitch result;
  const auto at = parse_lsn(place);
  if (number.value_or(0) == 0 || !at) return std::nullopt;
  result.timeline = *number;
  result.at = *at;
  result.reason = trimmed(line);
  return result;
}

}  // namespace

bool TimelineHistory::includes(std::uint32_t ancestor) const {
  return ancestor == timeline || end_of(ancestor).has_value();
}

std::uint32_t TimelineHistory::at(Lsn lsn) const {
  for (const TimelineSwitch& left : switches) {
    if (lsn < left.at) return left.timeline;
  }
  return timeline;
}

std::uint32_t TimelineHistory::of_segment(std::uint64_t number, std::uint64_t segment_bytes) const {
  return at(Lsn{(number + 1) * segment_bytes - 1});
}

std::optional<Lsn> TimelineHistory::begin_of(std::uint32_t ancestor) const {
  Lsn begin;
  for (const TimelineSwitch& left : switches) {
    if (left.timeline == ancestor) return begin;
    begin = left.at;
  }
  if (ancestor == timeline) return begin;
  return std::nullopt;
}

std::optional<Lsn> TimelineHistory::end_of(std::uint32_t ancestor) const {
  for (const TimelineSwitch& left : switches) {
    if (left.timeline == ancestor) return left.at;
  }
  return std::nullopt;
}

core::Outcome<TimelineHistory> read_history(std::uint32_t timeline, std::string_view text) {
  TimelineHistory result;
  result.timeline = timeline;
  const std::string name = fmt::format("cannot read the history of timeline {}", timeline);
  std::size_t line_number = 0;
  while (!text.empty()) {
    const std::string_view line = trimmed(core::take_line(text));
    ++line_number;
    if (line.empty() || line.starts_with('#')) continue;
    auto left = read_switch(line);
    if (!left) {
      return core::fail(core::Errc::corrupt,
                        fmt::format("{}: line {} is not \"timeline LSN reason\"", name, line_number),
                        "fetch the file again from a server of this cluster");
    }
    const bool in_order = result.switches.empty() || (result.switches.back().timeline < left->timeline &&
                                                      result.switches.back().at <= left->at);
    if (!in_order || left->timeline >= timeline) {
      return core::fail(
          core::Errc::corrupt,
          fmt::format("{}: line {} names timeline {} out of order", name, line_number, left->timeline),
          "fetch the file again from a server of this cluster");
    }
    if (result.switches.size() == most_switches) {
      return core::fail(core::Errc::exhausted,
                        fmt::format("{}: it has more than {} lines", name, most_switches));
    }
    result.switches.push_back(std::move(*left));
  }
  return result;
}

TimelineHistory lone_timeline(std::uint32_t timeline) { return TimelineHistory{timeline, {}}; }

}  // namespace outrider::wal
