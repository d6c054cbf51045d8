#include "agent/health/calendar/calendar.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::health {
namespace {

using core::Duration;
using core::WallTime;

constexpr Duration day = std::chrono::hours(24);
// A window may begin so many days before it ends, and the next may be so many days ahead.
constexpr int days_around = 8;

std::string until(WallTime end, const std::string& what) {
  std::string sentence = "until " + core::show_time(std::chrono::floor<std::chrono::seconds>(end));
  if (!what.empty()) sentence += fmt::format(" ({})", what);
  return sentence;
}

// 1970-01-01 was a Thursday.
std::size_t weekday(std::int64_t day_number) {
  return static_cast<std::size_t>(((day_number + 3) % 7 + 7) % 7);
}

// What the moments say of now: which one it lies in, and which comes next.
class Look {
 public:
  explicit Look(WallTime now) : now_(now) {}

  bool within(WallTime from, WallTime to) {
    note(from);
    note(to);
    return from <= now_ && now_ < to;
  }
  std::optional<WallTime> next() const { return next_; }

 private:
  void note(WallTime moment) {
    if (moment > now_ && (!next_ || moment < *next_)) next_ = moment;
  }
  WallTime now_;
  std::optional<WallTime> next_;
};

}  // namespace

Outlook Calendar::look(WallTime now, const std::optional<AdHoc>& ad_hoc) const {
  Outlook outlook;
  Look look(now);
  std::optional<WallTime> maintained_until;
  const auto maintain = [&](WallTime end, const std::string& why) {
    if (maintained_until && end <= *maintained_until) return;  // the one that lasts longest is told
    maintained_until = end;
    outlook.season.maintenance = until(end, why);
  };
  if (ad_hoc && look.within(WallTime::min(), ad_hoc->until))
    maintain(ad_hoc->until, fmt::format("{}: {}", ad_hoc->by, ad_hoc->reason));
  const std::int64_t today = zone_.local(now) / day - (zone_.local(now) < Duration::zero() ? 1 : 0);
  for (const MaintenanceWindow& window : settings_.maintenance) {
    for (std::int64_t date = today - days_around; date <= today + days_around; ++date) {
      if (!window.days[weekday(date)]) continue;
      const WallTime from = zone_.moment(date * day + window.at);
      if (look.within(from, from + window.length)) maintain(from + window.length, window.reason);
    }
  }
  for (const Occasion& occasion : settings_.occasions) {
    const WallTime from = zone_.moment(occasion.from), to = zone_.moment(occasion.to);
    if (!look.within(from, to)) continue;
    if (occasion.freeze && outlook.season.frozen.empty()) outlook.season.frozen = until(to, occasion.name);
    if (occasion.raised && outlook.season.raised.empty()) outlook.season.raised = until(to, occasion.name);
  }
  outlook.changes_at = look.next();
  return outlook;
}

}  // namespace outrider::health
