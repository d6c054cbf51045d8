// Turns a run of answers from one probe into a verdict on its target.
// Pure: no clock, no I/O, no log. `supervise` acts on verdicts, people are told about them.
// An unknown answer neither heals nor sickens; a long run of them makes the verdict unknown, never sick.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace outrider::health {

struct Policy {
  std::uint32_t fail_after = 3;                       // this many failures in a row make it sick
  std::uint32_t heal_after = 1;                       // this many ok answers in a row make it healthy
  std::uint32_t unknown_after = 3;                    // this many unknown answers in a row make it unknown
  core::Duration warm_up = std::chrono::seconds(30);  // failures so soon after a start do not count

  // A target that changed between healthy and sick this often within the window is flapping: until it has
  // calmed down to half of that, a change needs a run `flap_patience` times as long.
  std::uint32_t flap_changes = 6;
  core::Duration flap_window = std::chrono::minutes(10);
  std::uint32_t flap_patience = 3;
};

class Judge {
 public:
  Judge(Policy policy, core::Instant started);

  // Weighs one answer; only a run as long as the policy asks changes the verdict.
  core::Verdict hear(const core::Answer& answer, core::Instant now);

  // The target is a new process now: what was known of the old one does not count, and it warms up again.
  void begin_again(core::Instant now);

  // Other numbers from now on; what was heard so far still counts.
  void change(Policy policy) { policy_ = policy; }

  core::State state() const { return state_; }
  // Nothing ok has been heard yet and failures are still forgiven.
  bool warming_up(core::Instant now) const;
  bool flapping() const { return flapping_; }

 private:
  core::Verdict change(core::State to, std::string why, core::Instant now);
  core::Verdict stay(std::string why) const;
  void watch_for_flapping(core::Instant now);
  core::Verdict hear_unknown(const core::Answer& answer, core::Instant now);
  core::Verdict hear_ok(core::Instant now);
  core::Verdict hear_failure(const core::Answer& answer, core::Instant now);
  std::uint32_t needed(std::uint32_t run) const { return flapping_ ? run * policy_.flap_patience : run; }

  Policy policy_;
  core::Instant started_;
  core::State state_ = core::State::unknown;
  bool proven_ = false;  // has been healthy since it started
  std::uint32_t oks_ = 0;
  std::uint32_t failures_ = 0;
  std::uint32_t unknowns_ = 0;
  bool flapping_ = false;
  std::deque<core::Instant> changes_;  // healthy to sick and back, within the window
};

}  // namespace outrider::health
