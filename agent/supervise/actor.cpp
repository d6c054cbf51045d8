#include "agent/supervise/actor.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <boost/system/system_error.hpp>
#include <fmt/core.h>

namespace outrider::supervise {
namespace {

using core::EventKind;
using core::Instant;
using core::Task;

constexpr core::Duration audit_again_after = std::chrono::seconds(5);

int shell_status(const os::Exit& how) {
  if (how.unknown) return 1;
  return how.exited ? how.code : 128 + how.signal;
}

// "exited with code 3", "was killed by signal 9 (SIGKILL)"
std::string ending_of(const os::Exit& how) {
  return (how.exited || how.unknown ? "" : "was ") + how.sentence();
}

}  // namespace

Supervisor::Actor::Actor(Options options, std::unique_ptr<actuators::Actuator> actuator, Tools tools,
                         Hooks hooks)
    : options_(std::move(options)),
      actuator_(std::move(actuator)),
      tools_(tools),
      hooks_(std::move(hooks)),
      metrics_(tools_.registry, options_.service),
      scribe_(tools_.journal, tools_.clock, tools_.log),
      budget_(options_.settings.budget.count, options_.settings.budget.per),
      pace_({.first = options_.settings.backoff.first, .most = options_.settings.backoff.most},
            options_.settings.stable_after),
      news_(tools_.river),
      over_bell_(tools_.river),
      answered_(tools_.river) {
  heed_settings();
  view_.verdict_why = "nothing was asked yet";
  enter(Phase::idle);
  refresh(tools_.clock.now());
}

void Supervisor::Actor::reconfigure(Options options, std::unique_ptr<actuators::Actuator> actuator) {
  options_ = std::move(options);
  next_actuator_ = std::move(actuator);
  const Settings& settings = options_.settings;
  budget_.change(settings.budget.count, settings.budget.per);
  pace_.change({.first = settings.backoff.first, .most = settings.backoff.most}, settings.stable_after);
  view_.not_allowed.clear();
  heed_settings();
  news();
}

void Supervisor::Actor::heed_settings() {
  const Settings& settings = options_.settings;
  view_.service = options_.service;
  view_.when_it_ends = settings.when_it_ends;
  view_.stop_timeout = settings.stop_timeout;
  view_.dry_run = settings.dry_run;
  view_.saturated_for = settings.when_saturated_for;
  view_.unready_for = settings.when_unready_for;
  view_.restarts_tried = settings.escalate.restarts;
  view_.recreations_tried = settings.escalate.recreations;
  view_.lease.wanted = options_.lease != nullptr;
}

Task<std::optional<int>> Supervisor::Actor::run() {
  async::Nursery nursery(tools_.river);
  nursery_ = &nursery;
  nursery.start(serve_and_ring());
  bool cancelled = false;
  try {
    while (!over_) co_await over_bell_.wait();
  } catch (const boost::system::system_error&) {
    cancelled = true;  // nothing else comes out of a bell
  }
  if (cancelled) {
    // The loop itself is never cancelled: it is told, finishes what it is at, and takes the child down.
    co_await async::ignore_cancellation();
    view_.ending = true;
    news();
    while (!over_) co_await over_bell_.wait();
  }
  if (view_.ending && !view_.gone) nursery.cancel();  // it was left running: nobody waits for its end
  co_await nursery.join();
  nursery_ = nullptr;
  co_return exit_status_;
}

Task<void> Supervisor::Actor::serve_and_ring() {
  struct AtTheEnd {
    Actor& actor;
    ~AtTheEnd() {
      actor.over_ = true;
      actor.view_.operator_asked = false;
      actor.answer(core::fail(core::Errc::unavailable,
                              "cannot restart " + actor.options_.service + ": its supervision has ended"));
      actor.over_bell_.ring();
    }
  } const at_the_end{*this};
  co_await serve();
}

Task<void> Supervisor::Actor::serve() {
  for (;;) {
    pending_ = false;
    const Instant now = tools_.clock.now();
    refresh(now);
    Decision decision = decide(view_, now);
    const bool stays = decision.to == view_.phase;
    const Action action = decision.action;
    if (action != Action::refuse && action != Action::lease) told_.reset();
    if (lease_is_over(decision, now)) co_await give_lease_back();
    co_await act(std::move(decision));
    if (action == Action::end) co_return;
    if (!stays || (action != Action::none && action != Action::refuse)) continue;
    auto wake = wake_at(view_, now);
    const auto returns = budget_.next_return(now);  // so that its metric is true
    if (returns && (!wake || *returns < *wake)) wake = returns;
    const auto calm = calm_at();
    if (calm && (!wake || *calm < *wake)) wake = calm;
    co_await wait_for_news(wake);
  }
}

Task<void> Supervisor::Actor::act(Decision decision) {
  switch (decision.action) {
    case Action::none:
      // That it runs is told already: it was started, and health tells its verdict.
      if (decision.to != view_.phase && decision.to != Phase::running)
        note(EventKind::lifecycle, decision.why);
      if (decision.to != view_.phase && decision.to == Phase::running) first_verdict();
      break;
    case Action::refuse:
      refuse(decision);
      if (view_.phase == Phase::killing) co_await leave_as_it_is();
      break;
    case Action::wait:
      if (!in_vain_.is_old_news()) note(EventKind::decision, decision.why);
      break;
    case Action::start: co_await start_child(std::move(decision)); co_return;
    case Action::stop:
    case Action::recreate: co_await stop_child(std::move(decision)); co_return;
    case Action::lease: co_await ask_for_lease(); co_return;
    case Action::kill: {
      note(EventKind::action, decision.why);
      if (const auto killed = actuator_->kill(); !killed)
        tools_.log.error("supervise", "Could not kill the service", {{"because", killed.error().what}});
      break;
    }
    case Action::end: co_await finish(std::move(decision)); co_return;
  }
  if (decision.to != view_.phase || decision.action == Action::kill) enter(decision.to);
}

Task<void> Supervisor::Actor::watch() {
  const std::int64_t pid = actuator_->pid();
  const os::Exit how = co_await actuator_->wait();
  const Instant now = tools_.clock.now();
  const auto ran = now - view_.started;
  gone_at_ = now;
  view_.gone = Gone{how, false, ending_of(how)};
  view_.due = now + pace_.wait(ran, tools_.random);
  last_exit_ = fmt::format("{} after {}", view_.gone->sentence, core::show_duration(ran));
  metrics_.ended();
  metrics_.exited(how);
  news();
  note(how.succeeded() || view_.ending ? EventKind::lifecycle : EventKind::trouble,
       fmt::format("{} {}", options_.service, last_exit_));
  const bool asked = view_.ending || view_.phase == Phase::stopping || view_.phase == Phase::killing;
  if (hooks_.ended) hooks_.ended({pid, how, false, asked, ran, last_exit_});
}

// ---- stopping

// Evidence must not keep a sick service from being restarted.
Task<void> Supervisor::Actor::let_look(std::string why) {
  if (!hooks_.before_stop || view_.gone) co_return;
  auto look = hooks_.before_stop(actuator_->pid(), std::move(why));
  const bool in_time = co_await async::finish_within(tools_.clock, look_limit, std::move(look));
  if (!in_time)
    tools_.log.warn("supervise", "The evidence of a sick service is not whole: it took too long",
                    {{"limit", core::show_duration(look_limit)}});
}

Task<void> Supervisor::Actor::stop_child(Decision decision) {
  const bool shutdown = decision.cause == Cause::shutdown;
  core::Deed deed{actor_of(decision.cause),
                  shutdown                              ? "stop"
                  : decision.action == Action::recreate ? "recreate"
                                                        : "restart",
                  options_.service, decision.why};
  if (shutdown) {
    co_await scribe_.conclude(std::exchange(open_intent_, std::nullopt), false, "outrider ended first");
    open_intent_ = co_await scribe_.intend_or_owe(std::move(deed));
  } else {
    auto intent = co_await scribe_.intend(std::move(deed));
    if (!intent) {
      view_.audit_retry = tools_.clock.now() + audit_again_after;
      metrics_.refused(Refusal::audit);
      note(EventKind::trouble, fmt::format("{} is not restarted, since the intent cannot be audited: {}",
                                           options_.service, intent.error().what));
      view_.operator_asked = false;
      answer(core::fail("cannot restart " + options_.service, intent.error()));
      co_return;
    }
    open_intent_ = *intent;
    grant(decision);
  }
  cause_ = decision.cause;
  view_.operator_asked = false;
  tell(decision);
  if (decision.cause == Cause::sick) co_await let_look(decision.why);
  from_nothing_ = decision.action == Action::recreate;
  view_.not_allowed.clear();
  if (!view_.gone) {  // it may have died while the intent was written, or while it was looked at
    actuator_->give_reason(decision.why);
    const auto asked = from_nothing_ ? actuator_->kill() : actuator_->terminate();
    if (!asked)
      tools_.log.warn("supervise", "Could not send a signal to the service",
                      {{"signal", from_nothing_ ? "SIGKILL" : "SIGTERM"}, {"because", asked.error().what}});
  }
  enter(decision.to);
}

// Its end was refused for good: the restart is over, and has not been made.
Task<void> Supervisor::Actor::leave_as_it_is() {
  from_nothing_ = false;
  const core::Error why{core::Errc::denied, view_.not_allowed};
  answer(core::fail("cannot restart " + options_.service, why));
  co_await scribe_.conclude(std::exchange(open_intent_, std::nullopt), false, view_.not_allowed);
}

Task<void> Supervisor::Actor::finish(Decision decision) {
  if (view_.ending && !view_.gone) leave();
  if (!view_.ending && view_.gone) exit_status_ = shell_status(view_.gone->how);
  std::string result =
      view_.gone ? fmt::format("{} {}", options_.service, view_.gone->sentence) : decision.why;
  co_await scribe_.conclude(std::exchange(open_intent_, std::nullopt), true, std::move(result));
  co_await give_lease_back();
  // By watch(), and before it why it was stopped.
  const bool told = view_.ending && view_.gone && !view_.gone->unasked;
  if (!told) note(EventKind::lifecycle, decision.why);
  enter(Phase::ended);
}

// A restart is going to be made: it is paid for, and lengthens the next wait.
void Supervisor::Actor::grant(const Decision& decision) {
  const Instant now = tools_.clock.now();
  const auto until = gone_at_.value_or(now);
  const bool ran = view_.started != Instant{} && !(view_.gone && view_.gone->never_started);
  budget_.spend(now);
  lease_used_ = view_.lease.held;
  if (decision.cause == Cause::asked) view_.unmended = 0;  // a human has looked at it
  pace_.restarted(ran ? until - view_.started : core::Duration::zero());
  restart_reason_ = decision.why;
  if (decision.cause == Cause::exit && view_.gone)
    restart_reason_ = fmt::format("{} {}", options_.service, last_exit_);
  if (decision.cause == Cause::sick)
    restart_reason_ = view_.verdict == core::State::sick
                          ? fmt::format("{} was sick: {}", options_.service, view_.verdict_why)
                          : fmt::format("{} was not ready: {}", options_.service, view_.not_ready_because);
  refresh(now);
}

// ---- small things

void Supervisor::Actor::news() {
  pending_ = true;
  news_.ring();
}

Task<void> Supervisor::Actor::until_news() {
  while (!pending_) co_await news_.wait();
}

Task<void> Supervisor::Actor::wait_for_news(std::optional<Instant> wake) {
  if (!wake) {
    co_await until_news();
    co_return;
  }
  std::vector<Task<void>> either;
  either.push_back(until_news());
  either.push_back(tools_.clock.sleep_until(*wake));
  co_await async::race_all(std::move(either));
}

void Supervisor::Actor::enter(Phase phase) {
  view_.phase = phase;
  view_.since = tools_.clock.now();
  since_wall_ = tools_.clock.wall();
  metrics_.show_phase(phase);
}

// A decision is told once: not again when the one before it was to stop for this start, or to wait when there
// was nothing to wait for, nor after the operator's own words.
void Supervisor::Actor::tell(const Decision& decision) {
  const bool going_down = view_.phase == Phase::stopping || view_.phase == Phase::killing;
  const bool waited_for_nothing = view_.phase == Phase::waiting && view_.due <= view_.since;
  if (going_down) return;
  if (decision.cause == Cause::asked) {
    last_decision_ = decision.why;
  } else if (!waited_for_nothing) {
    note(EventKind::decision, decision.why);
  }
}

void Supervisor::Actor::note(EventKind kind, const std::string& sentence) {
  if (kind == EventKind::decision) last_decision_ = sentence;
  tools_.events.record(kind, options_.service, sentence);
  tools_.log.info("supervise", "Supervision", {{"kind", core::name_of(kind)}, {"sentence", sentence}});
}

}  // namespace outrider::supervise
