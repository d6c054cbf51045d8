#include "agent/supervise/limits/fleet.hpp"

#include "agent/core/number.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::supervise {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view version = "restarts";

}  // namespace

FleetBudget::FleetBudget(std::string_view record, std::uint32_t count, core::Duration per, core::WallTime now)
    : count_(count), per_(per), now_(now) {
  if (!record.starts_with(version)) return;
  record.remove_prefix(version.size());
  while (!record.empty()) {
    record.remove_prefix(1);
    const std::string_view word = record.substr(0, record.find(' '));
    record.remove_prefix(word.size());
    const auto number = core::read_number<std::int64_t>(word);
    if (!number) continue;
    const core::WallTime time = std::min(core::WallTime(milliseconds(*number)), now);
    if (now - time < per) times_.push_back(time);
  }
  std::sort(times_.begin(), times_.end());
}

core::Duration FleetBudget::refills_in() const {
  if (!spent()) return core::Duration::zero();
  if (count_ == 0) return core::Duration::max();
  return times_[times_.size() - count_] + per_ - now_;
}

std::string FleetBudget::record() const {
  std::string text(version);
  for (const core::WallTime time : times_)
    text += fmt::format(" {}", std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count());
  return text;
}

}  // namespace outrider::supervise
