// What to do with the child, from what is known of it. Pure: no clock, no I/O, no log.
// A table {from, when, to, action, why}: in each phase the first row whose condition holds is taken. The
// actor (supervisor.hpp) keeps the View, asks, and does what it is told; the same table prints its own
// picture.
//
// What holds in every row: nothing is restarted on `unknown`; a sickness that a dependency explains is not
// answered with a restart; no restart beyond the budget but by an operator who insists.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"
#include "agent/os/process.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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
  stop,    // SIGTERM to the whole group
  kill,    // SIGKILL to the whole group
  wait,    // for the back-off
  refuse,  // something was called for and is not done; `refusal` says why
  end,     // the supervisor's work is over
};
std::string_view name_of(Action action);

enum class Refusal { budget, crash_loop, dependency, audit, dry_run };
inline constexpr std::size_t refusal_count = 5;
std::string_view name_of(Refusal refusal);

// The last child is gone: it ended, or could not be started.
struct Gone {
  os::Exit how;
  bool never_started = false;
  std::string sentence;
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

  // what was asked for
  bool ending = false;
  bool operator_asked = false;
  bool even_without_budget = false;
  std::string operator_says;    // "operator alice: new certificate"
  core::Instant audit_retry{};  // the intent to stop it could not be written; not tried again before

  // what is allowed
  std::uint32_t budget_left = 0;
  std::uint32_t budget = 0;
  core::Instant budget_refills{};
  core::Instant due{};  // the next restart is not before this
  WhenItEnds when_it_ends = WhenItEnds::restart;
  core::Duration stop_timeout = std::chrono::seconds(10);
  bool dry_run = false;
};

struct Decision {
  Phase to = Phase::idle;
  Action action = Action::none;
  Cause cause = Cause::first_start;  // of a start or a stop
  std::optional<Refusal> refusal;
  std::string why;      // one sentence: log line, timeline, audit reason alike
  std::size_t row = 0;  // which row of the table
};

struct When {
  std::string_view name;  // reads as a condition: "it ended and the budget is spent"
  bool (*holds)(const View& view, core::Instant now);
};

struct Row {
  std::uint16_t from;  // bits, one a Phase
  When when;
  std::optional<Phase> to;  // nothing: stays
  Action action;
  std::string (*why)(const View& view, core::Instant now);
  Cause cause = Cause::first_start;
  std::optional<Refusal> refusal = std::nullopt;

  bool covers(Phase phase) const { return (from >> static_cast<unsigned>(phase) & 1U) != 0; }
};

std::span<const Row> table();

Decision decide(const View& view, core::Instant now);

// When to decide again although nothing happened; nothing: only when something happens.
std::optional<core::Instant> wake_at(const View& view, core::Instant now);

// The table as a Mermaid state diagram.
std::string mermaid();

}  // namespace outrider::supervise
