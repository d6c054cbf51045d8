// What to do with the child, from what is known of it. Pure: no clock, no I/O, no log.
// A table {from, when, to, action, why}: in each phase the first row whose condition holds is taken. The
// actor (supervisor.hpp) keeps the View, asks, and does what it is told; the same table prints its own
// picture.
//
// What holds in every row: nothing is restarted on `unknown`; a sickness that a dependency explains is not
// answered with a restart; no restart beyond the budget but by an operator who insists; nothing by itself
// during maintenance; nobody who lives is taken down without the fleet's lease, where there is one.
#pragma once

#include "agent/supervise/view.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outrider::supervise {

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

// Which of its rows is taken.
std::size_t row_for(const View& view, core::Instant now);

Decision decide(const View& view, core::Instant now);

Rung rung_of(const View& view);

// When to decide again although nothing happened; nothing: only when something happens.
std::optional<core::Instant> wake_at(const View& view, core::Instant now);

// The table as a Mermaid state diagram.
std::string mermaid();

}  // namespace outrider::supervise
