// How often, and how soon, a service may be restarted. Pure: the clock comes in with every call.
#pragma once

#include "agent/async/retry.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/random.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace outrider::supervise {

// At most `count` within any window of length `per`: what was spent comes back exactly `per` later.
class Budget {
 public:
  Budget(std::uint32_t count, core::Duration per) : count_(count), per_(per) {}

  void spend(core::Instant now);  // also beyond the limit: an operator may
  // What was spent last was made only now: stopping comes first, and starting takes its time, too.
  void made(core::Instant now);
  std::uint32_t left(core::Instant now) const;
  std::uint32_t limit() const { return count_; }
  // Another limit; what was spent stays spent.
  void change(std::uint32_t count, core::Duration per) {
    count_ = count;
    per_ = per;
  }
  // When something is left again; now, when something is.
  core::Instant refills_at(core::Instant now) const;
  // When the next of what was spent comes back; nothing when nothing is spent.
  std::optional<core::Instant> next_return(core::Instant now) const;

 private:
  std::uint32_t spent_in_window(core::Instant now) const;
  std::uint32_t count_;
  core::Duration per_;
  std::deque<core::Instant> spent_;  // oldest first
};

// The wait before a restart: none before the first, or after a stable run; then longer and longer.
class Pace {
 public:
  Pace(async::Backoff backoff, core::Duration stable_after)
      : backoff_(backoff), stable_after_(stable_after) {}

  // `ran` is how long the child that is to be replaced has been executing.
  core::Duration wait(core::Duration ran, core::Random& random) const;
  // A restart was made of a child that had been executing for `ran`.
  void restarted(core::Duration ran);

  void change(async::Backoff backoff, core::Duration stable_after) {
    backoff_ = backoff;
    stable_after_ = stable_after;
  }

  std::uint32_t in_a_row() const { return in_a_row_; }  // restarts without a stable run between

 private:
  async::Backoff backoff_;
  core::Duration stable_after_;
  std::uint32_t in_a_row_ = 0;
};

}  // namespace outrider::supervise
