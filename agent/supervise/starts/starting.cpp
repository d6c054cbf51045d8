// Starting a service: what is paid for it, and what becomes of it.
#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/supervise/actor.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::supervise {
namespace {

constexpr core::Duration start_deadline = std::chrono::seconds(30);

}  // namespace

using core::EventKind;
using core::Instant;
using core::Task;

// What was begun and could not be asked for is the same start still: it is paid for, told and audited once.
Task<void> Supervisor::Actor::start_child(Decision decision) {
  const bool granted = view_.phase == Phase::stopping || view_.phase == Phase::killing;
  const bool again = view_.gone && view_.gone->unasked && decision.cause != Cause::asked;
  const bool first = view_.phase == Phase::idle || (again && cause_ == Cause::first_start);
  if (!granted && !again) {
    cause_ = decision.cause;
    if (!first) grant(decision);
    co_await scribe_.conclude(std::exchange(open_intent_, std::nullopt), false, "nobody could be asked");
    core::Deed deed{actor_of(cause_), first ? "start" : "restart", options_.service, decision.why};
    open_intent_ = co_await scribe_.intend_or_owe(std::move(deed));
  }
  if (!again) tell(decision);
  view_.operator_asked = false;
  enter(Phase::starting);

  if (next_actuator_) actuator_ = std::move(next_actuator_);
  std::string doing = "starting " + actuator_->target();
  auto work = from_nothing_ ? actuator_->recreate() : actuator_->start();
  auto started =
      co_await async::with_deadline(tools_.clock, start_deadline, std::move(doing), std::move(work));
  const Instant now = tools_.clock.now();
  if (!started && started.error().code == core::Errc::unavailable) {
    nobody_was_asked(started.error(), now);
    co_return;
  }
  from_nothing_ = false;
  in_vain_.over();
  if (!first) budget_.made(now);
  std::string result;
  if (started) {
    result = executing(std::move(*started), first, now);
    note(EventKind::action, result);
    answer(result);
  } else {
    could_not_start(started.error(), now);
    result = started.error().what;
    answer(core::fail(started.error()));
  }
  co_await scribe_.conclude(std::exchange(open_intent_, std::nullopt), started.has_value(),
                            std::move(result));
}

std::string Supervisor::Actor::executing(actuators::Started started, bool first, Instant now) {
  if (started.adopted) metrics_.taken_over();
  const auto down_for = gone_at_ ? now - *gone_at_ : core::Duration::zero();
  std::string result =
      options_.service + (started.adopted ? " runs already and is taken over" : " is executing");
  if (started.pid != 0)
    result += fmt::format(" as process {}", started.pid);  // else it is not of this machine
  if (!started.before.empty()) result += "; " + started.before;
  if (!first && down_for > core::Duration::zero())
    result += fmt::format(", {} after the one before it ended", core::show_duration(down_for));
  attend(std::move(started), now);
  return result;
}

void Supervisor::Actor::attend(actuators::Started started, Instant now) {
  if (gone_at_) metrics_.recovered(now - *gone_at_);
  if (cause_ != Cause::first_start) {
    ++restarts_total_;
    last_restart_ = tools_.clock.wall();
    last_restart_reason_ = restart_reason_;
    last_restart_was_asked_ = cause_ == Cause::asked;
    metrics_.restarted(cause_);
  }
  gone_at_.reset();
  view_.gone.reset();
  view_.started = now;
  view_.awaited_until = options_.judged ? now + options_.warm_up : now;
  view_.verdict = core::State::unknown;
  view_.verdict_why = options_.judged ? "its first verdict is awaited" : "no probe asks it";
  view_.explained_by.clear();
  view_.not_allowed.clear();
  view_.saturated = view_.unready = false;
  view_.audit_retry = {};
  healthy_since_.reset();
  unverified_ = options_.judged && cause_ != Cause::first_start;
  metrics_.started(tools_.clock.wall());
  nursery_->start(watch());
  for (os::Written& one : started.earlier)
    if (hooks_.output) hooks_.output(std::move(one.output), std::move(one.errors));
  if (hooks_.output) hooks_.output(std::move(started.output), std::move(started.errors));
  if (hooks_.started) hooks_.started();
}

void Supervisor::Actor::could_not_start(const core::Error& error, Instant now) {
  os::Exit how;
  how.exited = true;
  how.code = error.code == core::Errc::not_found ? 127 : 126;  // as a shell says it
  view_.gone = Gone{how, true, "did not start: " + error.what};
  view_.due = now + pace_.wait(core::Duration::zero(), tools_.random);
  if (cause_ == Cause::first_start) view_.due = now + options_.settings.backoff.first;
  if (!gone_at_) gone_at_ = now;
  last_exit_ = view_.gone->sentence;
  note(EventKind::trouble, fmt::format("{} {}", options_.service, last_exit_));
  if (hooks_.ended) hooks_.ended({0, how, true, false, {}, last_exit_});
  tools_.log.error("supervise", "Could not start the service",
                   {{"service", options_.service}, {"because", error.what}, {"hint", error.hint}});
}

// Whoever keeps it is away: that is neither a start nor a failed one.
void Supervisor::Actor::nobody_was_asked(const core::Error& error, Instant now) {
  os::Exit how;
  how.unknown = true;
  view_.gone = Gone{how, true, "may run or not, since nobody could be asked: " + error.what, true};
  view_.verdict = core::State::unknown;
  view_.verdict_why = "nobody could be asked whether it runs";
  in_vain_.add(error.what);
  view_.due = now + in_vain_.wait(options_.settings.backoff.first, tools_.random);
  answer(core::fail(error));
  if (in_vain_.is_old_news()) return;
  tools_.log.warn("supervise", "Nobody could be asked whether the service runs",
                  {{"service", options_.service}, {"because", error.what}, {"hint", error.hint}});
}

}  // namespace outrider::supervise
