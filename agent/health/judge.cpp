#include "agent/health/judge.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::health {
namespace {

std::string times(std::uint32_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

}  // namespace

using core::State;
using core::Verdict;

Judge::Judge(Policy policy, core::Instant started) : policy_(policy), started_(started) {}

void Judge::begin_again(core::Instant now) {
  started_ = now;
  state_ = State::unknown;
  proven_ = false;
  oks_ = failures_ = unknowns_ = 0;
}

bool Judge::warming_up(core::Instant now) const { return !proven_ && now - started_ < policy_.warm_up; }

Verdict Judge::hear(const core::Answer& answer, core::Instant now) {
  watch_for_flapping(now);
  switch (answer.standing) {
    case core::Standing::unknown: return hear_unknown(answer, now);
    case core::Standing::ok: return hear_ok(now);
    case core::Standing::not_ok: return hear_failure(answer, now);
  }
  return hear_unknown(answer, now);
}

// Runs of ok and not ok go on over an unknown answer: it says nothing for or against.
Verdict Judge::hear_unknown(const core::Answer& answer, core::Instant now) {
  ++unknowns_;
  if (unknowns_ < policy_.unknown_after || state_ == State::unknown)
    return stay("could not be asked: " + answer.detail);
  oks_ = failures_ = 0;  // what was known is too old to be added to
  return change(State::unknown,
                fmt::format("could not be asked {} in a row: {}", times(unknowns_), answer.detail), now);
}

Verdict Judge::hear_ok(core::Instant now) {
  unknowns_ = failures_ = 0;
  ++oks_;
  const std::uint32_t run = needed(policy_.heal_after);
  if (state_ == State::healthy) return stay(fmt::format("answered {} in a row", times(oks_)));
  if (oks_ < run) return stay(fmt::format("answered {} of {} times in a row", oks_, run));
  return change(State::healthy, fmt::format("answered {} in a row", times(oks_)), now);
}

Verdict Judge::hear_failure(const core::Answer& answer, core::Instant now) {
  unknowns_ = oks_ = 0;
  if (warming_up(now)) return stay("warming up: " + answer.detail);
  ++failures_;
  const std::uint32_t run = needed(policy_.fail_after);
  if (state_ == State::sick)
    return stay(fmt::format("failed {} in a row: {}", times(failures_), answer.detail));
  if (failures_ < run)
    return stay(fmt::format("failed {} of {} times in a row: {}", failures_, run, answer.detail));
  return change(State::sick, fmt::format("failed {} in a row: {}", times(failures_), answer.detail), now);
}

Verdict Judge::stay(std::string why) const {
  if (flapping_) why += " (flapping)";
  return {state_, false, std::move(why)};
}

Verdict Judge::change(State to, std::string why, core::Instant now) {
  const bool back_or_forth = state_ != State::unknown && to != State::unknown;
  if (back_or_forth) {
    changes_.push_back(now);
    watch_for_flapping(now);
  }
  state_ = to;
  if (to == State::healthy) proven_ = true;
  if (flapping_) why += " (flapping)";
  return {state_, true, std::move(why)};
}

void Judge::watch_for_flapping(core::Instant now) {
  while (!changes_.empty() && now - changes_.front() >= policy_.flap_window) changes_.pop_front();
  if (policy_.flap_changes == 0) return;
  if (changes_.size() >= policy_.flap_changes) flapping_ = true;
  if (changes_.size() <= policy_.flap_changes / 2) flapping_ = false;
}

}  // namespace outrider::health
