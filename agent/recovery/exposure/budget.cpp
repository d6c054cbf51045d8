#include "agent/recovery/exposure/budget.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

std::int64_t minute_of(core::WallTime time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

void put(Minutes& minutes, std::int64_t minute, MinuteKind kind) {
  const std::int64_t hour = minute / 60;
  if (minutes.hours.empty() || minutes.hours.back().hour != hour) minutes.hours.push_back({hour, 0, 0, 0});
  HourOfMinutes& last = minutes.hours.back();
  if (kind == MinuteKind::good)
    ++last.good;
  else if (kind == MinuteKind::bad)
    ++last.bad;
  else
    ++last.unknown;
}

template <class Number>
bool take(std::string_view& text, Number& number) {
  const auto [stop, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  return true;
}

}  // namespace

MinuteKind kind_of_minute(const Exposure& exposure, const Objectives& objectives) {
  const Figure& inferred = exposure.inferred;
  if (inferred.rpo && *inferred.rpo > objectives.rpo) return MinuteKind::bad;
  if (exposure.proven.as_of && exposure.proven.fade == Fade::stale) return MinuteKind::bad;
  if (!inferred.rpo || inferred.fade == Fade::stale || inferred.level < Level::listed ||
      !exposure.proven.as_of)
    return MinuteKind::unknown;
  return MinuteKind::good;
}

void count_minute(Minutes& minutes, MinuteKind kind, const Objectives& objectives, core::WallTime now) {
  const std::int64_t minute = minute_of(now);
  const std::int64_t window = std::chrono::duration_cast<std::chrono::minutes>(objectives.window).count();
  if (minutes.last_minute != 0 && minute <= minutes.last_minute) return;
  if (minutes.last_minute != 0) {
    for (std::int64_t unseen = std::max(minutes.last_minute + 1, minute - window); unseen < minute; ++unseen)
      put(minutes, unseen, MinuteKind::unknown);
  }
  put(minutes, minute, kind);
  minutes.last_minute = minute;
  while (!minutes.hours.empty() && (minutes.hours.front().hour + 1) * 60 <= minute - window)
    minutes.hours.pop_front();
}

Budget budget_of(const Minutes& minutes, const Objectives& objectives, core::WallTime now) {
  Budget budget;
  const std::int64_t window = std::chrono::duration_cast<std::chrono::minutes>(objectives.window).count();
  const std::int64_t minute = minute_of(now);
  std::uint64_t hour_all = 0, hour_bad = 0;
  for (const HourOfMinutes& hour : minutes.hours) {
    if ((hour.hour + 1) * 60 <= minute - window) continue;
    budget.good += hour.good;
    budget.bad += hour.bad;
    budget.unknown += hour.unknown;
    // The running hour, and the one before it while the running one is young.
    if (hour.hour * 60 + 60 <= minute - 60) continue;
    hour_all += static_cast<std::uint64_t>(hour.good) + hour.bad + hour.unknown;
    hour_bad += static_cast<std::uint64_t>(hour.bad) + hour.unknown;
  }
  const std::uint64_t spent = budget.bad + budget.unknown;
  const std::uint64_t all = budget.good + spent;
  if (all > 0) budget.share = static_cast<double>(budget.good) / static_cast<double>(all);
  const double allowed_share = 1 - objectives.good_share;
  const double allowed = allowed_share * static_cast<double>(window);
  const double left = allowed - static_cast<double>(spent);
  budget.left = allowed > 0 ? left / allowed : 0;
  budget.left_time = std::chrono::duration_cast<core::Duration>(
      std::chrono::duration<double, std::ratio<60>>(std::max(left, 0.0)));
  if (hour_all > 0 && allowed_share > 0)
    budget.burn_hour = static_cast<double>(hour_bad) / static_cast<double>(hour_all) / allowed_share;
  return budget;
}

std::string write_minutes(const Minutes& minutes) {
  std::string out = fmt::format("minutes 1 {}\n", minutes.last_minute);
  for (const HourOfMinutes& hour : minutes.hours)
    out += fmt::format("{} {} {} {}\n", hour.hour, hour.good, hour.bad, hour.unknown);
  return out;
}

core::Outcome<Minutes> read_minutes(std::string_view text) {
  const auto torn = [] {
    return core::fail(core::Errc::corrupt, "cannot read the counted minutes",
                      "remove the file to begin anew; minutes before it then count as never seen");
  };
  constexpr std::string_view head = "minutes 1 ";
  if (!text.starts_with(head) || !text.ends_with('\n')) return torn();
  text.remove_prefix(head.size());
  Minutes minutes;
  if (!take(text, minutes.last_minute)) return torn();
  while (!text.empty()) {
    HourOfMinutes hour;
    if (!take(text, hour.hour) || !take(text, hour.good) || !take(text, hour.bad) ||
        !take(text, hour.unknown))
      return torn();
    if (hour.good + hour.bad + hour.unknown > 60) return torn();
    if (!minutes.hours.empty() && minutes.hours.back().hour >= hour.hour) return torn();
    minutes.hours.push_back(hour);
  }
  return minutes;
}

}  // namespace outrider::recovery
