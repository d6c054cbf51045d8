// Trying again, later and later, with jitter so that a fleet does not knock in step.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/random.hpp"

#include <functional>
#include <utility>

namespace outrider::async {

struct Backoff {
  core::Duration first = std::chrono::seconds(1);
  core::Duration most = std::chrono::minutes(5);
  double factor = 2.0;
  double jitter = 0.2;  // each wait is spread evenly over ± this share of itself

  // The wait before attempt `attempt` (1 = the first repetition). Never more than `most`, jitter included.
  core::Duration wait_before(unsigned attempt, core::Random& random) const;
};

// Calls `attempt` until it succeeds, fails for good (`worth_repeating` says no), or `attempts` are used up.
template <class T>
Task<core::Outcome<T>> retry(core::Clock& clock, core::Random& random, Backoff backoff, unsigned attempts,
                             std::function<Task<core::Outcome<T>>()> attempt,
                             std::function<bool(const core::Error&)> worth_repeating) {
  for (unsigned made = 1;; ++made) {
    core::Outcome<T> outcome = co_await attempt();
    if (outcome || made >= attempts || !worth_repeating(outcome.error())) co_return outcome;
    co_await clock.sleep(backoff.wait_before(made, random));
  }
}

}  // namespace outrider::async
