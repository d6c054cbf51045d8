// When a row of the table holds. Each name reads as a condition.
#pragma once

#include "agent/supervise/decide.hpp"

namespace outrider::supervise::rules {

using core::Instant;
using core::State;

// How long a child may take to vanish after SIGKILL before it is tried, and told, again.
inline constexpr core::Duration kill_again_after = std::chrono::seconds(5);

inline bool may_spend(const View& view) { return view.budget_left > 0 || view.even_without_budget; }
inline bool well_ended(const View& view) {
  return view.gone && !view.gone->never_started && view.gone->how.succeeded();
}
inline bool is_sick(const View& view) { return view.verdict == State::sick; }
inline bool has_lasted(const std::optional<core::Duration>& long_enough, Instant since, Instant now) {
  return long_enough && now - since >= *long_enough;
}
inline bool was_saturated_long(const View& view, Instant now) {
  return has_lasted(view.saturated_for, view.saturated_at, now);
}
inline bool was_unready_long(const View& view, Instant now) {
  return view.unready && has_lasted(view.unready_for, view.unready_at, now);
}
// What a restart may be the answer to.
inline bool ails(const View& view, Instant now) { return is_sick(view) || was_unready_long(view, now); }
inline bool lacks_lease(const View& view) { return view.lease.wanted && !view.lease.held; }

inline constexpr When otherwise{"otherwise", [](const View&, Instant) { return true; }};
inline constexpr When ending{"outrider is ending", [](const View& view, Instant) { return view.ending; }};
inline constexpr When ending_and_gone{"outrider is ending and it is gone",
                                      [](const View& view, Instant) { return view.ending && view.gone; }};
inline constexpr When ending_and_stays{"outrider is ending and leaves it running",
                                       [](const View& view, Instant) { return view.ending && view.stays; }};
// Of what stays, a restart that was begun is completed first.
inline constexpr When ending_and_gone_for_good{
    "outrider is ending and it is gone for good",
    [](const View& view, Instant) { return view.ending && view.gone && !view.stays; }};
inline constexpr When gone{"it is gone", [](const View& view, Instant) { return view.gone.has_value(); }};
inline constexpr When unasked{"nobody could be asked whether it runs",
                              [](const View& view, Instant) { return view.gone && view.gone->unasked; }};
inline constexpr When unasked_and_due{
    "nobody could be asked whether it runs, a while ago",
    [](const View& view, Instant now) { return view.gone && view.gone->unasked && now >= view.due; }};
inline constexpr When gone_and_we_follow{
    "it is gone and outrider ends with it",
    [](const View& view, Instant) { return view.gone && view.when_it_ends == WhenItEnds::exit; }};
inline constexpr When ended_well{
    "it ended well and only failures are restarted", [](const View& view, Instant) {
      return well_ended(view) && view.when_it_ends == WhenItEnds::restart_on_failure;
    }};
inline constexpr When gone_in_dry_run{"it is gone in a dry run",
                                      [](const View& view, Instant) { return view.gone && view.dry_run; }};
inline constexpr When gone_in_maintenance{"it is gone during maintenance", [](const View& view, Instant) {
                                            return view.gone && !view.maintenance.empty();
                                          }};
inline constexpr When in_maintenance{"maintenance is under way",
                                     [](const View& view, Instant) { return !view.maintenance.empty(); }};
inline constexpr When spent{"the budget is spent",
                            [](const View& view, Instant) { return view.budget_left == 0; }};
inline constexpr When gone_and_spent{"it is gone and the budget is spent", [](const View& view, Instant) {
                                       return view.gone && view.budget_left == 0;
                                     }};
inline constexpr When asked{"an operator asks",
                            [](const View& view, Instant) { return view.operator_asked && may_spend(view); }};
inline constexpr When asked_and_spent{
    "an operator asks and the budget is spent",
    [](const View& view, Instant) { return view.operator_asked && !may_spend(view); }};
inline constexpr When asked_and_unleased{
    "an operator asks and the lease is not ours", [](const View& view, Instant) {
      return view.operator_asked && !view.even_without_budget && lacks_lease(view);
    }};
inline constexpr When asked_and_no_lease{
    "an operator asks and the lease cannot be had", [](const View& view, Instant now) {
      return view.operator_asked && !view.even_without_budget && lacks_lease(view) && now < view.lease.retry;
    }};
inline constexpr When known_or_awaited{"a verdict is known or was awaited long enough",
                                       [](const View& view, Instant now) {
                                         return view.verdict != State::unknown || now >= view.awaited_until;
                                       }};
inline constexpr When unknown{"its health is unknown",
                              [](const View& view, Instant) { return view.verdict == State::unknown; }};

inline constexpr When explained{"it is sick and a dependency explains it", [](const View& view, Instant now) {
                                  return ails(view, now) && !view.explained_by.empty();
                                }};
inline constexpr When saturated{"it is sick of having too much to do", [](const View& view, Instant now) {
                                  return is_sick(view) && view.saturated && !was_saturated_long(view, now);
                                }};
inline constexpr When sick_in_maintenance{"it is sick during maintenance", [](const View& view, Instant now) {
                                            return ails(view, now) && !view.maintenance.empty();
                                          }};
inline constexpr When sick_and_frozen{
    "it is sick while actions are frozen",
    [](const View& view, Instant now) { return ails(view, now) && !view.frozen.empty(); }};
inline constexpr When sick_in_dry_run{
    "it is sick in a dry run", [](const View& view, Instant now) { return ails(view, now) && view.dry_run; }};
inline constexpr When not_allowed{"its end was refused for good",
                                  [](const View& view, Instant) { return !view.not_allowed.empty(); }};
inline constexpr When sick_and_not_allowed{
    "it is sick and its end was refused for good",
    [](const View& view, Instant now) { return ails(view, now) && !view.not_allowed.empty(); }};
inline constexpr When beyond_us{"it is sick and nothing has mended it", [](const View& view, Instant now) {
                                  return ails(view, now) && rung_of(view) == Rung::human;
                                }};
inline constexpr When sick_and_spent{"it is sick and the budget is spent", [](const View& view, Instant now) {
                                       return ails(view, now) && view.budget_left == 0;
                                     }};
inline constexpr When sick_and_early{"it is sick and the back-off runs", [](const View& view, Instant now) {
                                       return ails(view, now) && now < view.due;
                                     }};
inline constexpr When sick_and_unwritten{
    "it is sick and the intent cannot be written",
    [](const View& view, Instant now) { return ails(view, now) && now < view.audit_retry; }};
inline constexpr When sick_and_no_lease{
    "it is sick and the lease cannot be had", [](const View& view, Instant now) {
      return ails(view, now) && lacks_lease(view) && now < view.lease.retry;
    }};
inline constexpr When sick_and_unleased{
    "it is sick and the lease is not ours",
    [](const View& view, Instant now) { return ails(view, now) && lacks_lease(view); }};
inline constexpr When sick_beyond_restarts{
    "it is sick and restarts have not mended it",
    [](const View& view, Instant now) { return ails(view, now) && rung_of(view) == Rung::recreate; }};
inline constexpr When sick{"it is sick", [](const View& view, Instant now) { return ails(view, now); }};

inline constexpr When out_of_time{"the stop timeout is over", [](const View& view, Instant now) {
                                    return now >= view.since + view.stop_timeout;
                                  }};
inline constexpr When still_there{"it is there long after SIGKILL", [](const View& view, Instant now) {
                                    return now >= view.since + kill_again_after;
                                  }};
inline constexpr When backed_off{"the back-off is over",
                                 [](const View& view, Instant now) { return now >= view.due; }};
inline constexpr When refilled{"the budget has refilled",
                               [](const View& view, Instant) { return view.budget_left > 0; }};

}  // namespace outrider::supervise::rules
