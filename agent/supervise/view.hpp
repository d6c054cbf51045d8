// What is known of the child when it is decided what to do with it, and the words of such decisions. Plain
// data.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"
#include "agent/os/process.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::supervise {

enum class Phase {
  idle,      // nothing was started yet
  starting,  // executing, not yet known to be well
  running,
  stopping,  // asked to end, has time to
  killing,   // its time was up
  waiting,   // gone; the back-off before the next start
  given_up,  // gone, and the budget spent: the breaker is open
  ended,     // gone, and meant to be
};
inline constexpr std::size_t phase_count = 8;
std::string_view name_of(Phase phase);  // "given up"

enum class WhenItEnds { restart, restart_on_failure, exit };

// Why the child is being taken down, or was last started.
enum class Cause { first_start, exit, sick, asked, shutdown };

enum class Action {
  none,
  start,
  stop,      // SIGTERM to the whole group
  kill,      // SIGKILL to the whole group
  recreate,  // a stop that asks nothing: SIGKILL to the whole group, then as clean a start as there is
  lease,     // ask for the fleet's lease, which a restart of one who lives needs
  wait,      // for the back-off
  refuse,    // something was called for and is not done; `refusal` says why
  end,       // the supervisor's work is over
};
std::string_view name_of(Action action);

enum class Refusal {
  budget,
  crash_loop,
  dependency,
  audit,
  dry_run,
  saturation,
  maintenance,
  frozen,
  handed_over,
  lease,          // another one of the fleet has it
  lease_unknown,  // it could not be asked for
  fleet_budget,
};
inline constexpr std::size_t refusal_count = 12;
std::string_view name_of(Refusal refusal);

// The last child is gone: it ended, could not be started, or nobody could be asked whether it runs.
struct Gone {
  os::Exit how;
  bool never_started = false;
  std::string sentence;
  bool unasked = false;
};

// What is tried next when restarts do not mend it.
enum class Rung { restart, recreate, human };
std::string_view name_of(Rung rung);

// The fleet's lease: none is needed, or how far we are in having it.
struct LeaseView {
  bool wanted = false;
  bool held = false;
  std::optional<Refusal> refusal;  // of the last attempt
  std::string why;
  core::Instant retry{};  // not asked for again before
};

struct View {
  Phase phase = Phase::idle;
  core::Instant since{};  // of the phase
  std::string service;

  // the child
  std::optional<Gone> gone;
  core::Instant started{};
  core::Instant awaited_until{};  // a first verdict; when nothing judges it, the start itself

  // what is said of it
  core::State verdict = core::State::unknown;
  std::string verdict_why;
  std::string explained_by;
  bool saturated = false;        // sick of having too much to do
  core::Instant saturated_at{};  // since when
  bool unready = false;          // cannot be sent work
  core::Instant unready_at{};    // since when
  std::string not_ready_because;

  std::string not_allowed;  // why it cannot be ended, though it should; empty: it can, for all we know

  // what was asked for
  bool ending = false;
  bool stays = false;  // outrider may end without it: it is not ours, or is to be taken over
  bool operator_asked = false;
  bool even_without_budget = false;
  std::string operator_says;    // "operator alice: new certificate"
  core::Instant audit_retry{};  // the intent to stop it could not be written; not tried again before

  // what is allowed
  std::uint32_t budget_left = 0;
  std::uint32_t budget = 0;
  core::Instant budget_refills{};
  core::Instant due{};                          // the next restart is not before this
  std::optional<core::Duration> saturated_for;  // to be restarted for it; nothing: never
  std::optional<core::Duration> unready_for;    // likewise
  std::string maintenance;                      // until when and why; empty: there is none
  std::string frozen;                           // likewise
  std::uint32_t unmended = 0;                   // restarts in a row that did not mend it
  std::uint32_t restarts_tried = 3;             // so many, then
  std::uint32_t recreations_tried = 1;          // so many, then a human
  LeaseView lease;
  WhenItEnds when_it_ends = WhenItEnds::restart;
  core::Duration stop_timeout = std::chrono::seconds(10);
  bool dry_run = false;
};

}  // namespace outrider::supervise
