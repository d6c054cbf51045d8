#include "agent/health/health.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

namespace outrider::health {

using core::Task;

Health::Health(std::string service, std::vector<ProbeSetup> probes, const Tools& tools, Tell tell)
    : service_(std::move(service)),
      tools_(tools),
      tell_(std::move(tell)),
      metrics_(tools.registry, service_),
      service_metrics_(tools.registry, service_),
      news_(tools.river) {
  for (auto& setup : probes) units_.push_back(make_unit(std::move(setup)));
  heed_start_up();
  verdict_ = weigh_now();
}

Health::~Health() = default;

Health::Unit Health::make_unit(ProbeSetup setup) {
  auto answered = [this] {
    pending_ = true;
    news_.ring();
  };
  auto ended = [this](std::exception_ptr problem) {
    problem_ = problem ? problem : std::make_exception_ptr(std::logic_error("a probe's loop has ended"));
    news_.ring();
  };
  setup.service = service_;
  Unit unit;
  unit.loop = std::make_shared<ProbeLoop>(std::move(setup), tools_, std::move(answered));
  unit.slot = std::make_unique<async::Slot>(tools_.river, std::move(ended));
  return unit;
}

Task<void> Health::run() {
  running_ = true;
  for (const Unit& unit : units_) unit.slot->start(unit.loop->run());
  std::exception_ptr end;
  try {
    co_await weigh_all();
  } catch (const std::exception&) {
    end = std::current_exception();
  }
  co_await async::ignore_cancellation();
  running_ = false;
  ended_ = true;
  for (const Unit& unit : units_) co_await unit.slot->stop();
  std::rethrow_exception(end);
}

Task<void> Health::reconfigure(std::vector<ProbeSetup> probes) {
  if (ended_) co_return;
  const auto is_kept = [&probes](const Unit& unit) {
    return std::any_of(probes.begin(), probes.end(), [&unit](const ProbeSetup& setup) {
      return !setup.probe && setup.name == unit.loop->status().name;
    });
  };
  const auto kept_end = std::stable_partition(units_.begin(), units_.end(), is_kept);
  std::vector<Unit> leaving(std::make_move_iterator(kept_end), std::make_move_iterator(units_.end()));
  units_.erase(kept_end, units_.end());
  for (const Unit& unit : leaving) co_await unit.slot->stop();
  if (ended_) co_return;
  leaving.clear();  // with their series, before their successors bring their own

  std::vector<Unit> next;
  bool begun = false;
  for (ProbeSetup& setup : probes) {
    const auto kept = std::find_if(units_.begin(), units_.end(), [&setup](const Unit& unit) {
      return unit.loop && unit.loop->status().name == setup.name;
    });
    if (kept != units_.end()) {
      kept->loop->change(setup.policy);
      next.push_back(std::move(*kept));
    } else if (setup.probe) {
      next.push_back(make_unit(std::move(setup)));
      if (running_) next.back().slot->start(next.back().loop->run());
      begun = true;
    }
  }
  units_ = std::move(next);
  heed_start_up();
  if (begun) co_return;  // its first answer, which comes at once, has all weighed anew
  pending_ = true;
  news_.ring();
}

// While it starts only the start-up probes are asked, and after that only the others.
void Health::heed_start_up() {
  const auto is_startup = [](const Unit& unit) {
    return !unit.loop->status().dependency && unit.loop->role() == Role::startup;
  };
  const bool starting = std::any_of(units_.begin(), units_.end(), [&](const Unit& unit) {
    return is_startup(unit) && unit.loop->status().state != core::State::healthy;
  });
  for (const Unit& unit : units_) {
    if (!unit.loop->status().dependency) unit.loop->hold(is_startup(unit) != starting);
  }
}

core::ServiceVerdict Health::weigh_now() const {
  std::vector<ProbeView> views;
  for (const Unit& unit : units_) views.push_back(unit.loop->view());
  return weigh(views);
}

Task<void> Health::weigh_all() {
  for (;;) {
    while (!pending_ && !problem_) co_await news_.wait();
    if (problem_) std::rethrow_exception(problem_);
    pending_ = false;
    heed_start_up();
    core::ServiceVerdict now = weigh_now();
    linger(now);
    const bool turns_sick = now.state == core::State::sick && verdict_.state != core::State::sick;
    if (turns_sick && now.causes.empty()) {
      co_await ask_dependencies();
      now = weigh_now();
      linger(now);
    }
    const core::ServiceVerdict before = verdict_;
    announce(std::move(now));
    tell_of_probes(before);
  }
}

// What explained its trouble is over, and its own next answer has not come yet: it has the time of a fresh
// run to get well, before the trouble counts as its own. Else a whole fleet would be restarted for a database
// that is back.
void Health::linger(core::ServiceVerdict& verdict) {
  const bool in_trouble = verdict.state == core::State::sick || verdict.readiness == core::State::sick;
  if (!in_trouble || !verdict.causes.empty() || verdict_.causes.empty()) {
    lingering_ = false;
    return;
  }
  bool fresh = lingering_;
  for (const Unit& unit : units_) {
    if (unit.loop->status().dependency) continue;
    if (!lingering_) unit.loop->count_afresh();
    fresh = fresh && unit.loop->failed_afresh();
  }
  lingering_ = !fresh;
  if (lingering_) verdict.causes = verdict_.causes;
}

Task<void> Health::ask_dependencies() {
  core::Duration longest{};
  std::vector<std::shared_ptr<ProbeLoop>> dependencies;
  for (const Unit& unit : units_) {
    if (!unit.loop->status().dependency) continue;
    dependencies.push_back(unit.loop);
    longest = std::max(longest, unit.loop->timeout());
  }
  if (dependencies.empty()) co_return;
  auto ask_all = [](async::Executor river, std::vector<std::shared_ptr<ProbeLoop>> loops) -> Task<void> {
    async::Nursery nursery(std::move(river));
    for (const auto& loop : loops) nursery.start(loop->ask_now());
    co_await nursery.join();
  };
  // Twice its timeout: a question asked before this one may still be on its way.
  auto work = ask_all(tools_.river, std::move(dependencies));
  (void)co_await async::finish_within(tools_.clock, 2 * longest + std::chrono::seconds(1), std::move(work));
}

void Health::announce(core::ServiceVerdict verdict) {
  const core::ServiceVerdict before = std::exchange(verdict_, std::move(verdict));
  const bool changed = verdict_.state != before.state;
  const bool matters = changed || verdict_.causes != before.causes || verdict_.saturated != before.saturated;
  service_metrics_.show(verdict_);
  if (changed) metrics_.changed(verdict_.state);
  if (matters && (changed || verdict_.state == core::State::sick)) {
    const std::string_view is = verdict_.saturated ? "saturated" : core::name_of(verdict_.state);
    std::string sentence = fmt::format("{} is {}: {}", service_, is, verdict_.why);
    if (!verdict_.causes.empty()) sentence += fmt::format("; {} explains it", verdict_.explained_by());
    tools_.events.record(core::EventKind::health, service_, sentence);
    tools_.log.info("health", "The verdict changed",
                    {{"service", service_}, {"state", core::name_of(verdict_.state)}, {"why", sentence}});
  }
  tell_of_readiness(before);
  if (matters || verdict_.readiness != before.readiness) tell_(verdict_);
}

// A first yes is no news, and neither is what only says again that it is sick.
void Health::tell_of_readiness(const core::ServiceVerdict& before) {
  using core::State;
  if (verdict_.readiness == before.readiness) return;
  const bool first =
      before.readiness == State::unknown && verdict_.readiness == State::healthy && !was_unready_;
  if (verdict_.readiness == State::sick) was_unready_ = true;
  if (first || verdict_.readiness == State::unknown) return;
  std::string sentence = verdict_.readiness == State::healthy
                             ? fmt::format("{} is ready again", service_)
                             : fmt::format("{} is not ready: {}", service_, verdict_.not_ready_because);
  if (verdict_.readiness == State::healthy) was_unready_ = false;
  if (verdict_.readiness == State::sick && !verdict_.causes.empty())
    sentence += fmt::format("; {} explains it", verdict_.explained_by());
  tools_.events.record(core::EventKind::health, service_, sentence);
}

// What the service's own sentence has just said is not said again of the probe that it comes from.
void Health::tell_of_probes(const core::ServiceVerdict& before) {
  for (const Unit& unit : units_) {
    if (!unit.loop->take_change()) continue;
    const core::ProbeStatus& probe = unit.loop->status();
    const bool of_readiness = unit.loop->role() == Role::ready;
    const core::State was = of_readiness ? before.readiness : before.state;
    const core::State is = of_readiness ? verdict_.readiness : verdict_.state;
    if (!probe.dependency && is != was && probe.state == is) continue;
    std::string sentence = fmt::format("{} is {}: {}", probe.name, core::name_of(probe.state), probe.why);
    tools_.events.record(core::EventKind::health, probe.name, std::move(sentence));
  }
}

void Health::begin_again() {
  for (const Unit& unit : units_)
    if (!unit.loop->status().dependency) unit.loop->begin_again();
  heed_start_up();
  verdict_ = weigh_now();
  service_metrics_.show(verdict_);
  metrics_.show(verdict_.state);
}

std::vector<core::ProbeStatus> Health::probes() const {
  std::vector<core::ProbeStatus> all;
  for (const Unit& unit : units_) all.push_back(unit.loop->status());
  return all;
}

bool Health::has_probes() const {
  return std::any_of(units_.begin(), units_.end(),
                     [](const Unit& unit) { return !unit.loop->status().dependency; });
}

}  // namespace outrider::health
