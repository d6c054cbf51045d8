#include "agent/health/probe_loop.hpp"

#include "agent/async/race.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace outrider::health {
namespace {

using core::Instant;
using core::Task;

// A probe answers within its timeout; one that does not is cut off this much later.
constexpr core::Duration grace = std::chrono::milliseconds(250);
// So often is a new process asked until it is first ok, so that it counts as soon as it is.
constexpr core::Duration eager = std::chrono::milliseconds(500);
constexpr double jitter = 0.1;  // of the interval, both ways

}  // namespace

ProbeLoop::ProbeLoop(ProbeSetup setup, const Tools& tools, std::function<void()> answered)
    : setup_(std::move(setup)),
      tools_(tools),
      answered_(std::move(answered)),
      judge_(setup_.policy, tools.clock.now()),
      metrics_(tools.registry, setup_.name, setup_.kind),
      health_metrics_(tools.registry, setup_.name),
      hurry_(tools.river),
      judged_(tools.river) {
  status_.name = setup_.name;
  status_.kind = setup_.kind;
  status_.target = setup_.probe->target();
  status_.dependency = setup_.dependency;
  status_.role = setup_.dependency ? "dependency" : name_of(setup_.role);
  status_.detail = status_.why = "was not asked yet";
}

core::Duration ProbeLoop::interval() {
  const bool awaited = judge_.warming_up(tools_.clock.now());
  const auto every = awaited ? std::min(setup_.every, eager) : setup_.every;
  // All begin at once; from then on each has a time of its own.
  if (!awaited && !std::exchange(spread_, true))
    return core::Duration(
        static_cast<std::int64_t>(static_cast<double>(every.count()) * tools_.random.share()));
  const double spread = 1.0 + jitter * (2.0 * tools_.random.share() - 1.0);
  return core::Duration(static_cast<std::int64_t>(static_cast<double>(every.count()) * spread));
}

Task<void> ProbeLoop::run() {
  for (;;) {
    co_await until_released();
    in_a_hurry_ = false;
    const Instant asked = tools_.clock.now();
    const core::Answer answer = co_await ask();
    const bool news = asked_ > forget_ && is_news(answer);
    heard_ = asked_;
    judged_.ring();
    if (news) answered_();
    // What is late is left out: the next question is never sooner than now.
    co_await wait_until(std::max(asked + interval(), tools_.clock.now()));
  }
}

Task<void> ProbeLoop::until_released() {
  while (held_) co_await hurry_.wait();
}

Task<void> ProbeLoop::wait_until(Instant when) {
  bool is_early = true;
  while (!in_a_hurry_ && is_early) is_early = co_await hurry_.wait_until(tools_.clock, when);
}

Task<core::Answer> ProbeLoop::ask() {
  ++asked_;
  status_.asked = tools_.clock.wall();
  status_.asked_total = asked_;
  auto work = setup_.probe->ask(setup_.timeout);
  auto answer = co_await async::with_deadline(tools_.clock, setup_.timeout + grace, std::move(work));
  if (answer && std::count(answer->causes.begin(), answer->causes.end(), setup_.service) > 0) {
    answer->standing = core::Standing::unknown;
    answer->detail =
        fmt::format("{}, and that waits for {}: a circle explains nothing", answer->detail, setup_.service);
    answer->causes.clear();
  }
  if (answer) co_return std::move(*answer);
  core::Answer none;
  none.detail = "the probe gave no answer in time";
  none.took = setup_.timeout + grace;
  co_return none;
}

// As many as make it sick: a run of plain failures is death, whatever came before it.
void ProbeLoop::remember_sign(const core::Answer& answer) {
  if (answer.standing == core::Standing::ok) {
    signs_.clear();
    afresh_ = 0;
  }
  if (answer.standing != core::Standing::not_ok) return;
  ++afresh_;
  signs_.push_back(answer.sign);
  while (signs_.size() > std::max<std::size_t>(setup_.policy.fail_after, 1)) signs_.pop_front();
}

// Most answers are the same again, and a service with many probes is not weighed anew for each.
bool ProbeLoop::is_news(const core::Answer& answer) {
  const ProbeView before = view();
  const bool was_afresh = failed_afresh();
  judge(answer);
  return view() != before || failed_afresh() != was_afresh;
}

void ProbeLoop::judge(const core::Answer& answer) {
  remember_sign(answer);
  spoke_ = answer.sign == core::Sign::spoke || answer.sign == core::Sign::busy;
  causes_ = answer.causes;
  metrics_.answered(answer, status_.asked);
  if (tools_.heard) tools_.heard(setup_.name, answer);
  const core::Standing before = std::exchange(status_.last, answer.standing);
  status_.detail = answer.detail;
  status_.took = answer.took;
  const core::Verdict verdict = judge_.hear(answer, tools_.clock.now());
  status_.state = verdict.state;
  status_.why = verdict.why;
  // A first answer is no change, and a new verdict tells of the answer that brought it.
  if (before != answer.standing && !verdict.changed && asked_ - forget_ > 1)
    tools_.events.record(
        core::EventKind::probe, setup_.name,
        fmt::format("{} answered {}: {}", setup_.name, core::name_of(answer.standing), answer.detail));
  if (!verdict.changed) return;
  health_metrics_.changed(verdict.state);
  verdict_changed_ = true;
}

void ProbeLoop::hold(bool held) {
  if (held == held_) return;
  held_ = held;
  if (held && status_.last == core::Standing::unknown)
    status_.detail = status_.why = "waits for the start-up";
  if (held) forget_ = asked_;
  in_a_hurry_ = true;
  hurry_.ring();
}

void ProbeLoop::begin_again() {
  signs_.clear();
  spoke_ = false;
  verdict_changed_ = false;
  forget_ = asked_;
  judge_.begin_again(tools_.clock.now());
  health_metrics_.show(core::State::unknown);
  status_.last = core::Standing::unknown;
  status_.state = core::State::unknown;
  status_.why = status_.detail = "was not asked since the restart";
  in_a_hurry_ = true;
  hurry_.ring();
}

Task<void> ProbeLoop::ask_now() {
  const std::uint64_t wanted = asked_ + 1;  // one that is on its way already does not count
  in_a_hurry_ = true;
  hurry_.ring();
  while (heard_ < wanted) co_await judged_.wait();
}

ProbeView ProbeLoop::view() const {
  ProbeView view;
  view.name = setup_.name;
  view.dependency = setup_.dependency;
  view.role = setup_.role;
  view.state = status_.state;
  view.last = status_.last;
  // How often a healthy one has answered is no news, and says nothing about the service.
  if (status_.state != core::State::healthy) view.why = status_.why;
  view.spoke = spoke_;
  const auto count = [this](core::Sign sign) { return std::count(signs_.begin(), signs_.end(), sign); };
  view.busy = count(core::Sign::busy) > 0;
  view.late = !signs_.empty() && static_cast<std::size_t>(count(core::Sign::late)) == signs_.size();
  view.causes = causes_;
  return view;
}

}  // namespace outrider::health
