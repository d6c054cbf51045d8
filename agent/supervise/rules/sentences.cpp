#include "agent/supervise/rules/sentences.hpp"

#include "agent/core/text.hpp"

#include <fmt/core.h>

namespace outrider::supervise::rules {

using core::Instant;
using core::show_duration;
using core::State;

std::string is_well(const View& view, Instant) {
  return view.verdict == State::healthy ? fmt::format("{} is healthy: {}", view.service, view.verdict_why)
                                        : fmt::format("{} is running", view.service);
}
std::string ends_with_us(const View& view, Instant) {
  return fmt::format("outrider is ending, so {} is stopped with SIGTERM and has {} to end", view.service,
                     show_duration(view.stop_timeout));
}
std::string left_running(const View& view, Instant) {
  return fmt::format("outrider is ending, and leaves {} running", view.service);
}
std::string over(const View& view, Instant) {
  if (view.gone && view.gone->unasked)
    return fmt::format("outrider is ending, and nobody knows whether {} runs", view.service);
  return fmt::format("outrider is ending and {} is down", view.service);
}
std::string waits_to_ask(const View& view, Instant now) {
  return fmt::format(
      "{} {}; that is no failed start and costs no budget: it is tried again in {}, then later and later",
      view.service, view.gone->sentence, show_duration(view.due - now));
}
std::string asks_again(const View& view, Instant) {
  return fmt::format("it is asked again whether {} runs", view.service);
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
static std::string how_it_went(const View& view) { return view.gone ? view.gone->sentence : "is down"; }
static bool had_no_wait(const View& view) { return view.due <= view.since; }
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
// "tests-api is sick (HTTP 503)"
static std::string complaint(const View& view, Instant now) {
  if (view.verdict == State::sick) return fmt::format("{} is sick ({})", view.service, view.verdict_why);
  return fmt::format("{} has not been ready for {} ({})", view.service, show_duration(now - view.unready_at),
                     view.not_ready_because);
}
std::string not_for_a_dependency(const View& view, Instant now) {
  return fmt::format("{}, but {} is in trouble and explains it: a restart would mend nothing",
                     complaint(view, now), view.explained_by);
}
std::string spared(const View& view, Instant now) {
  std::string sentence = fmt::format("{} is saturated, not dead ({}): a restart would only add to its work",
                                     view.service, view.verdict_why);
  if (view.saturated_for)
    sentence += fmt::format("; it is restarted all the same if that lasts another {}",
                            show_duration(*view.saturated_for - (now - view.saturated_at)));
  return sentence;
}
std::string not_in_maintenance(const View& view, Instant now) {
  return fmt::format("{}, but it is under maintenance {}: nothing is done by itself", complaint(view, now),
                     view.maintenance);
}
std::string not_while_frozen(const View& view, Instant now) {
  return fmt::format("{}, but actions are frozen {}; `outrider restart` still restarts it",
                     complaint(view, now), view.frozen);
}
std::string stays_down_meanwhile(const View& view, Instant) {
  return fmt::format(
      "{} {}; it is under maintenance {}, so it stays down until that is over or `outrider restart` starts "
      "it",
      view.service, how_it_went(view), view.maintenance);
}
static std::string count_of(std::uint32_t count, std::string_view one, std::string_view many) {
  return count == 1 ? fmt::format("a {}", one) : fmt::format("{} {}", count, many);
}
std::string needs_a_human(const View& view, Instant now) {
  std::string tried = view.restarts_tried > 0 ? count_of(view.restarts_tried, "restart", "restarts") : "";
  if (view.recreations_tried > 0) {
    if (!tried.empty()) tried += " and ";
    tried += count_of(view.recreations_tried, "recreation", "recreations");
  }
  return fmt::format(
      "{}, and {} did not mend it: it is handed to a human. Outrider tries again once it has been healthy "
      "for "
      "a while, or now with `outrider restart`",
      complaint(view, now), tried.empty() ? "nothing" : tried);
}
std::string may_not_end_it(const View& view, Instant) {
  return fmt::format(
      "{} should be restarted and cannot be ended ({}): it is handed to a human. Outrider tries again after "
      "it has "
      "been healthy, or a reload, or now with `outrider restart`",
      view.service, view.not_allowed);
}
std::string without_lease(const View& view, Instant now) {
  return fmt::format("{}, but the fleet's lease cannot be had: {}; it is asked for again in {}",
                     complaint(view, now), view.lease.why, show_duration(view.lease.retry - now));
}
std::string asked_without_lease(const View& view, Instant) {
  return fmt::format("the fleet's lease cannot be had: {}", view.lease.why);
}
std::string asks_for_lease(const View& view, Instant) {
  return fmt::format("the fleet's lease is asked for, to restart {}", view.service);
}
std::string recreated(const View& view, Instant now) {
  return fmt::format("{} is killed and made anew, since {} did not mend it: {}", view.service,
                     count_of(view.restarts_tried, "restart", "restarts"),
                     view.verdict == State::sick ? view.verdict_why : complaint(view, now));
}
std::string would_restart(const View& view, Instant now) {
  const Rung rung = rung_of(view);
  const std::string_view would = rung == Rung::human      ? "handed to a human"
                                 : rung == Rung::recreate ? "killed and made anew"
                                                          : "restarted";
  return fmt::format("{}; it would be {}, but this is a dry run", complaint(view, now), would);
}
std::string sick_without_budget(const View& view, Instant now) {
  return fmt::format("{}, but {}", complaint(view, now), no_budget(view, now));
}
std::string sick_but_early(const View& view, Instant now) {
  return fmt::format("{}; it was restarted lately, so it has another {} to recover", complaint(view, now),
                     show_duration(view.due - now));
}
std::string sick_unaudited(const View& view, Instant now) {
  return fmt::format("{}, but the intent to restart it cannot be written to the audit journal",
                     complaint(view, now));
}
std::string mends_it(const View& view, Instant now) {
  if (view.verdict != State::sick)
    return fmt::format("{} is restarted: it has not been ready for {} ({})", view.service,
                       show_duration(now - view.unready_at), view.not_ready_because);
  std::string sentence = fmt::format("{} is restarted: {}", view.service, view.verdict_why);
  if (view.saturated) sentence += fmt::format(", for {}", show_duration(now - view.saturated_at));
  return sentence;
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

}  // namespace outrider::supervise::rules
