#include "agent/supervise/decide.hpp"

#include "agent/supervise/rules/conditions.hpp"
#include "agent/supervise/rules/sentences.hpp"

#include <algorithm>

namespace outrider::supervise {
namespace {

using namespace rules;

constexpr std::uint16_t bit(Phase phase) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(phase));
}

constexpr std::uint16_t idle = bit(Phase::idle);
constexpr std::uint16_t starting = bit(Phase::starting);
constexpr std::uint16_t up = bit(Phase::starting) | bit(Phase::running);
constexpr std::uint16_t going_down = bit(Phase::stopping) | bit(Phase::killing);
constexpr std::uint16_t waiting = bit(Phase::waiting);
constexpr std::uint16_t given_up = bit(Phase::given_up);
constexpr std::uint16_t down = waiting | given_up | bit(Phase::ended);

// ---- the table: in each phase the first row that holds is taken

using enum Action;
constexpr std::array rows{
    Row{idle, ending, Phase::ended, end, never_began},
    Row{idle, otherwise, Phase::starting, start, first_start},

    Row{up, ending_and_gone, Phase::ended, end, over},
    Row{up, ending_and_stays, Phase::ended, end, left_running, Cause::shutdown},
    Row{up, ending, Phase::stopping, stop, ends_with_us, Cause::shutdown},
    Row{up, unasked, Phase::waiting, wait, waits_to_ask, Cause::exit},
    Row{up, gone_and_we_follow, Phase::ended, end, follows},
    Row{up, ended_well, Phase::ended, none, stays_ended},
    Row{up, gone_in_dry_run, Phase::ended, refuse, would_start, Cause::exit, Refusal::dry_run},
    Row{up, gone_in_maintenance, Phase::waiting, refuse, stays_down_meanwhile, Cause::exit,
        Refusal::maintenance},
    Row{up, gone_and_spent, Phase::given_up, refuse, breaker_opens, Cause::exit, Refusal::crash_loop},
    Row{up, gone, Phase::waiting, wait, backs_off, Cause::exit},
    Row{up, asked_and_spent, {}, refuse, no_budget, Cause::asked, Refusal::budget},
    Row{up, asked_and_no_lease, {}, refuse, asked_without_lease, Cause::asked, Refusal::lease},
    Row{up, asked_and_unleased, {}, lease, asks_for_lease, Cause::asked},
    Row{up, asked, Phase::stopping, stop, as_asked, Cause::asked},
    Row{starting, known_or_awaited, Phase::running, none, is_well},
    Row{starting, otherwise, {}, none, gets_up},
    Row{up, unknown, {}, none, not_on_unknown},
    Row{up, explained, {}, refuse, not_for_a_dependency, Cause::sick, Refusal::dependency},
    Row{up, saturated, {}, refuse, spared, Cause::sick, Refusal::saturation},
    Row{up, sick_in_maintenance, {}, refuse, not_in_maintenance, Cause::sick, Refusal::maintenance},
    Row{up, sick_and_frozen, {}, refuse, not_while_frozen, Cause::sick, Refusal::frozen},
    Row{up, sick_in_dry_run, {}, refuse, would_restart, Cause::sick, Refusal::dry_run},
    Row{up, sick_and_not_allowed, {}, refuse, may_not_end_it, Cause::sick, Refusal::handed_over},
    Row{up, beyond_us, {}, refuse, needs_a_human, Cause::sick, Refusal::handed_over},
    Row{up, sick_and_spent, {}, refuse, sick_without_budget, Cause::sick, Refusal::budget},
    Row{up, sick_and_early, {}, none, sick_but_early},
    Row{up, sick_and_unwritten, {}, refuse, sick_unaudited, Cause::sick, Refusal::audit},
    Row{up, sick_and_no_lease, {}, refuse, without_lease, Cause::sick, Refusal::lease},
    Row{up, sick_and_unleased, {}, lease, asks_for_lease, Cause::sick},
    Row{up, sick_beyond_restarts, Phase::killing, recreate, recreated, Cause::sick},
    Row{up, sick, Phase::stopping, stop, mends_it, Cause::sick},
    Row{up, otherwise, {}, none, is_well},

    Row{going_down, ending_and_gone_for_good, Phase::ended, end, over},
    Row{going_down, gone, Phase::starting, start, down_again, Cause::asked},
    Row{bit(Phase::killing), not_allowed, Phase::running, refuse, may_not_end_it, Cause::sick,
        Refusal::handed_over},
    Row{bit(Phase::stopping), out_of_time, Phase::killing, kill, too_slow},
    Row{bit(Phase::killing), still_there, Phase::killing, kill, unkillable},
    Row{going_down, otherwise, {}, none, has_time},

    Row{down, ending, Phase::ended, end, over},
    Row{down, asked_and_spent, {}, refuse, no_budget, Cause::asked, Refusal::budget},
    Row{down, asked, Phase::starting, start, as_asked, Cause::asked},
    Row{waiting | given_up,
        in_maintenance,
        {},
        refuse,
        stays_down_meanwhile,
        Cause::exit,
        Refusal::maintenance},
    Row{waiting, unasked_and_due, Phase::starting, start, asks_again, Cause::exit},
    Row{waiting, unasked, {}, none, waits_to_ask},
    Row{waiting, spent, Phase::given_up, refuse, breaker_opens, Cause::exit, Refusal::crash_loop},
    Row{waiting, backed_off, Phase::starting, start, start_again, Cause::exit},
    Row{given_up, refilled, Phase::starting, start, tries_again, Cause::exit},
    Row{waiting, otherwise, {}, none, waits},
    Row{down, otherwise, {}, none, lies},
};

}  // namespace

std::span<const Row> table() { return rows; }

std::size_t row_for(const View& view, Instant now) {
  std::size_t index = 0;
  const auto holds = [&](const Row& row) { return row.covers(view.phase) && row.when.holds(view, now); };
  while (!holds(rows[index])) ++index;  // every phase ends with `otherwise`, and a test holds it so
  return index;
}

Decision decide(const View& view, Instant now) {
  Decision decision;
  decision.row = row_for(view, now);
  const Row& row = rows[decision.row];
  decision.to = row.to.value_or(view.phase);
  decision.action = row.action;
  decision.cause = row.cause;
  // Who asked for the lease knows why it was not given.
  const bool unleased = row.refusal == Refusal::lease && view.lease.refusal;
  decision.refusal = unleased ? view.lease.refusal : row.refusal;
  decision.why = row.why(view, now);
  return decision;
}

Rung rung_of(const View& view) {
  if (!view.not_allowed.empty()) return Rung::human;
  if (view.unmended < view.restarts_tried) return Rung::restart;
  if (view.unmended < view.restarts_tried + view.recreations_tried) return Rung::recreate;
  return Rung::human;
}

namespace {

// When something that is not done now may be.
Instant next_chance(const View& view, Instant now) {
  if (is_sick(view) && view.saturated && !was_saturated_long(view, now))
    return view.saturated_for ? view.saturated_at + *view.saturated_for : Instant::max();
  if (!ails(view, now))
    return view.unready && view.unready_for ? view.unready_at + *view.unready_for : Instant::max();
  if (view.budget_left == 0) return view.budget_refills;
  Instant chance = std::max(view.due, view.audit_retry);
  if (lacks_lease(view)) chance = std::max(chance, view.lease.retry);
  return chance;
}

}  // namespace

std::optional<Instant> wake_at(const View& view, Instant now) {
  const auto ahead = [now](Instant when) -> std::optional<Instant> {
    if (when <= now || when == Instant::max()) return std::nullopt;
    return when;
  };
  switch (view.phase) {
    case Phase::starting: return ahead(view.awaited_until);
    case Phase::stopping: return ahead(view.since + view.stop_timeout);
    case Phase::killing: return ahead(view.since + kill_again_after);
    case Phase::waiting: return ahead(view.due);
    case Phase::given_up: return ahead(view.budget_refills);
    case Phase::running: return ahead(next_chance(view, now));
    default: return std::nullopt;
  }
}

}  // namespace outrider::supervise
