// What becomes of an alert, from what is known of it. Pure: no clock, no I/O, no log.
// A table {from, when, to, action, why}: in each phase the first row whose condition holds is taken. The desk
// keeps the View, asks, and does what it is told; the same table prints its own picture.
//
// What holds in every row: an end is told only when it is seen, never because nothing can be seen; what was
// told is also told to be over; nobody is told twice of the same but by the repeat interval.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/severity.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outrider::alert {

enum class Phase {
  pending,  // there, but perhaps not for long
  firing,
  acknowledged,  // somebody looks at it
  resolved,
};
inline constexpr std::size_t phase_count = 4;
std::string_view name_of(Phase phase);

enum class Presence { gone, there, unclear };

enum class Action {
  none,
  tell,        // everybody whom it concerns
  tell_again,  // it still is, or it got worse
  escalate,    // now also those who are there for when nobody answers
  renew,       // what stands there has changed: only where it can be changed in place
  tell_the_end,
  forget,
};
std::string_view name_of(Action action);

struct AlertView {
  Phase phase = Phase::pending;
  Presence presence = Presence::there;
  core::WallTime since{};  // of the presence; never in the future
  core::Severity severity = core::Severity::warning;
  bool is_explained = false;  // another alert tells of it
  bool is_silenced = false;

  bool was_told = false;
  core::Severity told_severity = core::Severity::fine;
  core::WallTime told_at{};        // the last time
  core::WallTime first_told_at{};  // of this alert
  bool has_changed = false;        // other words than were told
  bool has_escalated = false;
  core::WallTime acknowledged_at{};

  // the policy
  core::Duration wait{};  // how long it must be there
  core::Duration hold{};  // how long it must be gone
  core::Duration repeat{};
  std::optional<core::Duration> escalate_after;
  core::Duration acknowledged_for{};
};

struct Decision {
  Phase to = Phase::pending;
  Action action = Action::none;
  std::string_view why;
  std::size_t row = 0;
};

struct When {
  std::string_view name;
  bool (*holds)(const AlertView& view, core::WallTime now);
};

struct Row {
  std::uint8_t from;  // bits, one a Phase
  When when;
  std::optional<Phase> to;  // nothing: stays
  Action action;
  std::string_view why;

  bool covers(Phase phase) const { return (from >> static_cast<unsigned>(phase) & 1U) != 0; }
};

std::span<const Row> table();
Decision decide(const AlertView& view, core::WallTime now);

// The table as a Mermaid state diagram.
std::string mermaid();

}  // namespace outrider::alert
