// Good and bad minutes: what is left of the error budget. A minute is good when the inferred RPO was within
// its objective and the last proof had not gone stale; a minute of which nothing is known is bad. Pure, over
// a small state that is kept between runs of the agent.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/recovery/exposure/exposure.hpp"
#include "agent/recovery/objectives.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::recovery {

struct HourOfMinutes {
  std::int64_t hour = 0;  // since 1970
  std::uint16_t good = 0, bad = 0, unknown = 0;
};

struct Minutes {
  std::deque<HourOfMinutes> hours;  // oldest first
  std::int64_t last_minute = 0;     // since 1970; 0: none was counted yet
};

enum class MinuteKind { good, bad, unknown };
MinuteKind kind_of_minute(const Exposure& exposure, const Objectives& objectives);

// Counts the minute of `now`, once. Minutes since the last counted one were seen by nobody: they are unknown,
// as far back as the window reaches. A clock that went back counts nothing twice.
void count_minute(Minutes& minutes, MinuteKind kind, const Objectives& objectives, core::WallTime now);

struct Budget {
  std::uint64_t good = 0, bad = 0, unknown = 0;  // minutes of the window; unknown is not in `bad`
  double share = 1;                              // of good ones; 1 when none was counted
  double left = 1;                               // of the budget: 1 untouched, 0 spent, negative overspent
  core::Duration left_time{};
  double burn_hour = 0;  // how many times too fast it was spent in the last hour
};
Budget budget_of(const Minutes& minutes, const Objectives& objectives, core::WallTime now);

std::string write_minutes(const Minutes& minutes);
core::Outcome<Minutes> read_minutes(std::string_view text);

}  // namespace outrider::recovery
