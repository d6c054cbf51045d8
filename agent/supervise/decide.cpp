#include "agent/supervise/decide.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::supervise {
namespace {

using core::Instant;
using core::show_duration;
using core::State;

constexpr std::uint16_t bit(Phase phase) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(phase));
}

constexpr std::uint16_t idle = bit(Phase::idle);
constexpr std::uint16_t starting = bit(Phase::starting);
constexpr std::uint16_t up = bit(Phase::starting) | bit(Phase::running);
constexpr std::uint16_t going_down = bit(Phase::stopping) | bit(Phase::killing);
constexpr std::uint16_t down = bit(Phase::waiting) | bit(Phase::given_up) | bit(Phase::ended);

// How long a child may take to vanish after SIGKILL before it is tried, and told, again.
constexpr core::Duration kill_again_after = std::chrono::seconds(5);

// ---- conditions

bool may_spend(const View& view) { return view.budget_left > 0 || view.even_without_budget; }
bool well_ended(const View& view) {
  return view.gone && !view.gone->never_started && view.gone->how.succeeded();
}

constexpr When otherwise{"otherwise", [](const View&, Instant) { return true; }};
constexpr When ending{"outrider is ending", [](const View& view, Instant) { return view.ending; }};
constexpr When ending_and_gone{"outrider is ending and it is gone",
                               [](const View& view, Instant) { return view.ending && view.gone; }};
constexpr When gone{"it is gone", [](const View& view, Instant) { return view.gone.has_value(); }};
constexpr When gone_and_we_follow{"it is gone and outrider ends with it", [](const View& view, Instant) {
                                    return view.gone && view.when_it_ends == WhenItEnds::exit;
                                  }};
constexpr When ended_well{"it ended well and only failures are restarted", [](const View& view, Instant) {
                            return well_ended(view) && view.when_it_ends == WhenItEnds::restart_on_failure;
                          }};
constexpr When gone_in_dry_run{"it is gone in a dry run",
                               [](const View& view, Instant) { return view.gone && view.dry_run; }};
constexpr When spent{"the budget is spent", [](const View& view, Instant) { return view.budget_left == 0; }};
constexpr When gone_and_spent{"it is gone and the budget is spent",
                              [](const View& view, Instant) { return view.gone && view.budget_left == 0; }};
constexpr When asked{"an operator asks",
                     [](const View& view, Instant) { return view.operator_asked && may_spend(view); }};
constexpr When asked_and_spent{"an operator asks and the budget is spent", [](const View& view, Instant) {
                                 return view.operator_asked && !may_spend(view);
                               }};
constexpr When known_or_awaited{"a verdict is known or was awaited long enough",
                                [](const View& view, Instant now) {
                                  return view.verdict != State::unknown || now >= view.awaited_until;
                                }};

bool is_sick(const View& view) { return view.verdict == State::sick; }
constexpr When sick_explained{"it is sick and a dependency explains it", [](const View& view, Instant) {
                                return is_sick(view) && !view.explained_by.empty();
                              }};
constexpr When sick_in_dry_run{"it is sick in a dry run",
                               [](const View& view, Instant) { return is_sick(view) && view.dry_run; }};
constexpr When sick_and_spent{"it is sick and the budget is spent", [](const View& view, Instant) {
                                return is_sick(view) && view.budget_left == 0;
                              }};
constexpr When sick_and_early{"it is sick and the back-off runs",
                              [](const View& view, Instant now) { return is_sick(view) && now < view.due; }};
constexpr When sick_and_unwritten{
    "it is sick and the intent cannot be written",
    [](const View& view, Instant now) { return is_sick(view) && now < view.audit_retry; }};
constexpr When sick{"it is sick", [](const View& view, Instant) { return is_sick(view); }};
constexpr When unknown{"its health is unknown",
                       [](const View& view, Instant) { return view.verdict == State::unknown; }};

constexpr When out_of_time{"the stop timeout is over", [](const View& view, Instant now) {
                             return now >= view.since + view.stop_timeout;
                           }};
constexpr When still_there{"it is there long after SIGKILL", [](const View& view, Instant now) {
                             return now >= view.since + kill_again_after;
                           }};
constexpr When backed_off{"the back-off is over",
                          [](const View& view, Instant now) { return now >= view.due; }};
constexpr When refilled{"the budget has refilled",
                        [](const View& view, Instant) { return view.budget_left > 0; }};

// ---- sentences

std::string is_well(const View& view, Instant) {
  return view.verdict == State::healthy ? fmt::format("{} is healthy: {}", view.service, view.verdict_why)
                                        : fmt::format("{} is running", view.service);
}
std::string ends_with_us(const View& view, Instant) {
  return fmt::format("outrider is ending, so {} is stopped with SIGTERM and has {} to end", view.service,
                     show_duration(view.stop_timeout));
}
std::string over(const View& view, Instant) {
  return fmt::format("outrider is ending and {} is down", view.service);
}
std::string follows(const View& view, Instant) {
  return fmt::format("{} {}; outrider ends with it, as `when_it_ends: exit` says", view.service,
                     view.gone->sentence);
}
std::string stays_ended(const View& view, Instant) {
  return fmt::format(
      "{} {}; that is no failure, and `when_it_ends: restart_on_failure` restarts failures only",
      view.service, view.gone->sentence);
}
std::string would_start(const View& view, Instant) {
  return fmt::format("{} {}; it would be started again, but this is a dry run", view.service,
                     view.gone->sentence);
}
std::string how_it_went(const View& view) { return view.gone ? view.gone->sentence : "is down"; }
bool had_no_wait(const View& view) { return view.due <= view.since; }
std::string breaker_opens(const View& view, Instant now) {
  return fmt::format(
      "{} {}, and all {} restarts of the budget are spent; the next is in {}, or now with `outrider restart "
      "--even-without-budget`",
      view.service, how_it_went(view), view.budget, show_duration(view.budget_refills - now));
}
std::string backs_off(const View& view, Instant now) {
  if (view.due <= now)
    return fmt::format("{} {}; it is started again at once", view.service, view.gone->sentence);
  return fmt::format("{} {}; it is started again in {}", view.service, view.gone->sentence,
                     show_duration(view.due - now));
}
std::string no_budget(const View& view, Instant now) {
  return fmt::format(
      "all {} restarts of the budget are spent; the next is in {}, or now with `outrider restart "
      "--even-without-budget`",
      view.budget, show_duration(view.budget_refills - now));
}
std::string as_asked(const View& view, Instant) { return view.operator_says; }
std::string not_for_a_dependency(const View& view, Instant) {
  return fmt::format("{} is sick ({}), but {} is in trouble and explains it: a restart would mend nothing",
                     view.service, view.verdict_why, view.explained_by);
}
std::string would_restart(const View& view, Instant) {
  return fmt::format("{} is sick ({}); it would be restarted, but this is a dry run", view.service,
                     view.verdict_why);
}
std::string sick_without_budget(const View& view, Instant now) {
  return fmt::format("{} is sick ({}), but {}", view.service, view.verdict_why, no_budget(view, now));
}
std::string sick_but_early(const View& view, Instant now) {
  return fmt::format("{} is sick ({}); it was restarted lately, so it has another {} to recover",
                     view.service, view.verdict_why, show_duration(view.due - now));
}
std::string sick_unaudited(const View& view, Instant) {
  return fmt::format("{} is sick ({}), but the intent to restart it cannot be written to the audit journal",
                     view.service, view.verdict_why);
}
std::string mends_it(const View& view, Instant) {
  return fmt::format("{} is restarted: {}", view.service, view.verdict_why);
}
std::string not_on_unknown(const View& view, Instant) {
  return fmt::format("the health of {} is unknown ({}); nothing is done on that", view.service,
                     view.verdict_why);
}
std::string gets_up(const View& view, Instant) { return fmt::format("{} is executing", view.service); }
std::string first_start(const View& view, Instant) {
  return fmt::format("{} is started for the first time", view.service);
}
std::string never_began(const View& view, Instant) {
  return fmt::format("outrider is ending before {} was started", view.service);
}
std::string down_again(const View& view, Instant) {
  return fmt::format("{} is down ({}) and is started again", view.service, view.gone->sentence);
}
std::string too_slow(const View& view, Instant) {
  return fmt::format("{} did not end within {} of SIGTERM: its whole group gets SIGKILL", view.service,
                     show_duration(view.stop_timeout));
}
std::string has_time(const View& view, Instant) { return fmt::format("{} has time to end", view.service); }
std::string unkillable(const View& view, Instant now) {
  return fmt::format("{} is still there {} after SIGKILL: the kernel holds it", view.service,
                     show_duration(now - view.since));
}
std::string start_again(const View& view, Instant) {
  const std::string_view when = had_no_wait(view) ? "it is started again at once" : "the wait is over";
  return fmt::format("{} {}; {}", view.service, how_it_went(view), when);
}
std::string tries_again(const View& view, Instant) {
  return fmt::format("the restart budget has refilled, so {} gets another try", view.service);
}
std::string waits(const View& view, Instant now) {
  return fmt::format("{} is started again in {}", view.service, show_duration(view.due - now));
}
std::string lies(const View& view, Instant) { return fmt::format("{} stays down", view.service); }

// ---- the table: in each phase the first row that holds is taken

using enum Action;
constexpr std::array rows{
    Row{idle, ending, Phase::ended, end, never_began},
    Row{idle, otherwise, Phase::starting, start, first_start},

    Row{up, ending_and_gone, Phase::ended, end, over},
    Row{up, ending, Phase::stopping, stop, ends_with_us, Cause::shutdown},
    Row{up, gone_and_we_follow, Phase::ended, end, follows},
    Row{up, ended_well, Phase::ended, none, stays_ended},
    Row{up, gone_in_dry_run, Phase::ended, refuse, would_start, Cause::exit, Refusal::dry_run},
    Row{up, gone_and_spent, Phase::given_up, refuse, breaker_opens, Cause::exit, Refusal::crash_loop},
    Row{up, gone, Phase::waiting, wait, backs_off, Cause::exit},
    Row{up, asked_and_spent, {}, refuse, no_budget, Cause::asked, Refusal::budget},
    Row{up, asked, Phase::stopping, stop, as_asked, Cause::asked},
    Row{starting, known_or_awaited, Phase::running, none, is_well},
    Row{starting, otherwise, {}, none, gets_up},
    Row{up, unknown, {}, none, not_on_unknown},
    Row{up, sick_explained, {}, refuse, not_for_a_dependency, Cause::sick, Refusal::dependency},
    Row{up, sick_in_dry_run, {}, refuse, would_restart, Cause::sick, Refusal::dry_run},
    Row{up, sick_and_spent, {}, refuse, sick_without_budget, Cause::sick, Refusal::budget},
    Row{up, sick_and_early, {}, none, sick_but_early},
    Row{up, sick_and_unwritten, {}, refuse, sick_unaudited, Cause::sick, Refusal::audit},
    Row{up, sick, Phase::stopping, stop, mends_it, Cause::sick},
    Row{up, otherwise, {}, none, is_well},

    Row{going_down, ending_and_gone, Phase::ended, end, over},
    Row{going_down, gone, Phase::starting, start, down_again, Cause::asked},
    Row{bit(Phase::stopping), out_of_time, Phase::killing, kill, too_slow},
    Row{bit(Phase::killing), still_there, Phase::killing, kill, unkillable},
    Row{going_down, otherwise, {}, none, has_time},

    Row{down, ending, Phase::ended, end, over},
    Row{down, asked_and_spent, {}, refuse, no_budget, Cause::asked, Refusal::budget},
    Row{down, asked, Phase::starting, start, as_asked, Cause::asked},
    Row{bit(Phase::waiting), spent, Phase::given_up, refuse, breaker_opens, Cause::exit, Refusal::crash_loop},
    Row{bit(Phase::waiting), backed_off, Phase::starting, start, start_again, Cause::exit},
    Row{bit(Phase::given_up), refilled, Phase::starting, start, tries_again, Cause::exit},
    Row{bit(Phase::waiting), otherwise, {}, none, waits},
    Row{down, otherwise, {}, none, lies},
};

}  // namespace

std::span<const Row> table() { return rows; }

Decision decide(const View& view, Instant now) {
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const Row& row = rows[index];
    if (!row.covers(view.phase) || !row.when.holds(view, now)) continue;
    Decision decision;
    decision.to = row.to.value_or(view.phase);
    decision.action = row.action;
    decision.cause = row.cause;
    decision.refusal = row.refusal;
    decision.why = row.why(view, now);
    decision.row = index;
    return decision;
  }
  Decision nothing;  // cannot be: every phase has a row `otherwise`, and a test holds it so
  nothing.to = view.phase;
  return nothing;
}

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
    case Phase::running:
      if (!is_sick(view)) return std::nullopt;
      return view.budget_left == 0 ? ahead(view.budget_refills) : ahead(std::max(view.due, view.audit_retry));
    default: return std::nullopt;
  }
}

}  // namespace outrider::supervise
