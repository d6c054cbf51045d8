// What others tell the supervisor, and what it tells them.
#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/supervise/actor.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::supervise {

using core::EventKind;
using core::Instant;
using core::Task;

void Supervisor::Actor::refuse(const Decision& decision) {
  if (view_.operator_asked && decision.cause == Cause::asked) {
    view_.operator_asked = false;
    metrics_.refused(*decision.refusal);
    note(EventKind::operator_command, "an operator's restart was refused: " + decision.why);
    answer(core::fail(core::Errc::refused,
                      fmt::format("cannot restart {}: {}", options_.service, decision.why),
                      "`--even-without-budget` restarts it all the same"));
    pending_ = true;  // decide again without the operator
    return;
  }
  if (told_ == decision.refusal) return;
  told_ = decision.refusal;
  metrics_.refused(*decision.refusal);
  note(EventKind::decision, decision.why);
  const bool gave_up = decision.refusal == Refusal::crash_loop || decision.refusal == Refusal::handed_over;
  const auto level = gave_up ? core::Level::error : core::Level::warn;
  const core::Field fields[] = {{"service", options_.service}, {"decision", decision.why}};
  tools_.log.write(level, "supervise", "A restart was called for and is not made", fields);
  if (gave_up && hooks_.gave_up) hooks_.gave_up(decision.why);
}

// ---- what comes in

void Supervisor::Actor::hear(const core::ServiceVerdict& verdict) {
  const bool up = view_.phase == Phase::starting || view_.phase == Phase::running;
  if (!up || view_.gone) return;  // about a child that is no more
  const Instant now = tools_.clock.now();
  const bool newly_sick = verdict.state == core::State::sick && view_.verdict != core::State::sick;
  const bool unready = verdict.readiness == core::State::sick;
  if (newly_sick) view_.due = now + pace_.wait(now - view_.started, tools_.random);
  if (verdict.saturated && !view_.saturated) view_.saturated_at = now;
  if (unready && !view_.unready) view_.unready_at = now;
  view_.saturated = verdict.saturated;
  view_.unready = unready;
  view_.not_ready_because = verdict.not_ready_because;
  view_.verdict = verdict.state;
  view_.verdict_why = verdict.why;
  view_.explained_by = verdict.explained_by();
  if (verdict.state != core::State::healthy) {
    if (const auto calm = calm_at(); calm && *calm <= now) view_.unmended = 0;
    healthy_since_.reset();
  } else if (!healthy_since_) {
    view_.not_allowed.clear();
    healthy_since_ = now;
  }
  if (unverified_ && verdict.state != core::State::unknown) verified(verdict.state);
  news();
}

void Supervisor::Actor::heed(const core::Season& season) {
  if (view_.maintenance == season.maintenance && view_.frozen == season.frozen) return;
  view_.maintenance = season.maintenance;
  view_.frozen = season.frozen;
  news();
}

Task<core::Outcome<std::string>> Supervisor::Actor::restart(core::Operator who, bool even_without_budget) {
  const std::string cannot = "cannot restart " + options_.service;
  if (who.reason.empty())
    co_return core::fail(core::Errc::invalid, cannot + ": no reason is given",
                         "say why: it goes into the audit");
  if (over_ || view_.ending || nursery_ == nullptr)
    co_return core::fail(core::Errc::unavailable, cannot + ": outrider is not supervising it now");
  if (request_)
    co_return core::fail(core::Errc::busy, cannot + ": " + request_->who.name + "'s restart is under way");
  const auto request = std::make_shared<Request>();
  request->who = std::move(who);
  request_ = request;
  view_.operator_asked = true;
  view_.even_without_budget = even_without_budget;
  view_.lease.retry = {};  // a human does not wait for the next round
  view_.operator_says = fmt::format("{} asks for a restart of {}: {}", request->who.name, options_.service,
                                    request->who.reason);
  note(EventKind::operator_command, view_.operator_says);
  news();
  auto waiting = until_answered(request);
  const auto limit = view_.stop_timeout + std::chrono::minutes(1);  // a minute to be killed and started
  const bool answered = co_await async::finish_within(tools_.clock, limit, std::move(waiting));
  if (!answered)
    co_return core::fail(core::Errc::timed_out,
                         cannot + " within " + core::show_duration(limit) + ": it is still under way");
  co_return *request->answer;
}

Task<void> Supervisor::Actor::until_answered(std::shared_ptr<Request> request) {
  while (!request->answer) co_await answered_.wait();
}

void Supervisor::Actor::answer(core::Outcome<std::string> outcome) {
  if (!request_ || view_.operator_asked) return;  // not its turn yet
  request_->answer = std::move(outcome);
  request_.reset();
  view_.even_without_budget = false;
  answered_.ring();
}

void Supervisor::Actor::forward_signal(int number) {
  const auto sent = actuator_->signal(number);
  if (!sent)
    tools_.log.warn("supervise", "Could not forward a signal",
                    {{"signal", number}, {"because", sent.error().what}});
}

core::Outcome<> Supervisor::Actor::leave_running() {
  if (view_.phase != Phase::running && view_.phase != Phase::starting)
    return core::fail(core::Errc::busy, fmt::format("cannot leave {} running: it is {}", options_.service,
                                                    name_of(view_.phase)));
  if (!actuator_->may_stay())
    return core::fail(core::Errc::unsupported,
                      fmt::format("cannot leave {} running: nobody could take it over", options_.service));
  told_to_leave_ = true;
  return {};
}

void Supervisor::Actor::leave() {
  if (const auto left = actuator_->leave(); !left)
    tools_.log.error("supervise", "Could not leave the service running", {{"because", left.error().what}});
}

void Supervisor::Actor::refresh(Instant now) {
  if (const auto calm = calm_at(); calm && *calm <= now) view_.unmended = 0;
  if (const auto refused = actuator_->refused(); refused && view_.phase == Phase::killing)
    view_.not_allowed = refused->what;
  metrics_.show_rung(rung_of(view_));
  view_.budget_left = budget_.left(now);
  view_.budget = budget_.limit();
  view_.budget_refills = budget_.refills_at(now);
  view_.stays = actuator_->stays() || told_to_leave_;
  metrics_.show_budget(view_.budget_left, view_.budget);
}

std::string Supervisor::Actor::actor_of(Cause cause) const {
  return cause == Cause::asked && request_ ? "operator " + request_->who.name : "supervise";
}

core::ServiceStatus Supervisor::Actor::status() const {
  const Instant now = tools_.clock.now();
  core::ServiceStatus status;
  status.name = options_.service;
  status.phase = name_of(view_.phase == Phase::killing ? Phase::stopping : view_.phase);
  // The next one runs a moment before we know of it, and before it is counted.
  status.pid = view_.gone ? 0 : actuator_->pid();
  status.since = since_wall_;
  status.state = view_.verdict;
  status.why = view_.verdict_why;
  status.restarts_total = restarts_total_;
  status.budget_left = budget_.left(now);
  status.budget = budget_.limit();
  status.budget_text =
      fmt::format("{} per {}", budget_.limit(), core::show_duration(options_.settings.budget.per));
  status.last_exit = last_exit_;
  status.last_decision = last_decision_;
  status.rung = name_of(rung_of(view_));
  status.last_restart = last_restart_;
  status.last_restart_reason = last_restart_reason_;
  status.last_restart_was_asked = last_restart_was_asked_;
  const bool pending_start = view_.phase == Phase::waiting || view_.phase == Phase::given_up;
  if (const auto wake = wake_at(view_, now); pending_start && wake)
    status.next_attempt = tools_.clock.wall() + (*wake - now);
  return status;
}

}  // namespace outrider::supervise
