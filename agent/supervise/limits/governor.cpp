#include "agent/supervise/limits/governor.hpp"

#include <algorithm>

namespace outrider::supervise {

std::uint32_t Budget::spent_in_window(core::Instant now) const {
  const auto inside = [&](core::Instant at) { return now - at < per_; };
  return static_cast<std::uint32_t>(std::count_if(spent_.begin(), spent_.end(), inside));
}

void Budget::spend(core::Instant now) {
  while (!spent_.empty() && now - spent_.front() >= per_) spent_.pop_front();
  spent_.push_back(now);
  // Beyond the limit only the newest `count` matter: the oldest of those says when one comes back.
  while (spent_.size() > std::max<std::size_t>(count_, 1)) spent_.pop_front();
}

void Budget::made(core::Instant now) {
  if (!spent_.empty()) spent_.back() = now;
}

std::uint32_t Budget::left(core::Instant now) const {
  const std::uint32_t spent = spent_in_window(now);
  return spent >= count_ ? 0 : count_ - spent;
}

core::Instant Budget::refills_at(core::Instant now) const {
  if (left(now) > 0) return now;
  if (count_ == 0 || spent_.empty()) return core::Instant::max();
  return spent_.front() + per_;
}

std::optional<core::Instant> Budget::next_return(core::Instant now) const {
  for (const core::Instant spent : spent_)
    if (now - spent < per_) return spent + per_;
  return std::nullopt;
}

core::Duration Pace::wait(core::Duration ran, core::Random& random) const {
  if (in_a_row_ == 0 || ran >= stable_after_) return core::Duration::zero();
  return backoff_.wait_before(in_a_row_, random);
}

void Pace::restarted(core::Duration ran) { in_a_row_ = ran >= stable_after_ ? 1 : in_a_row_ + 1; }

}  // namespace outrider::supervise
