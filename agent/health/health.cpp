#include "agent/health/health.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace outrider::health {

using core::Task;

Health::Health(std::string service, std::vector<ProbeSetup> probes, const Tools& tools, Tell tell)
    : service_(std::move(service)),
      tools_(tools),
      tell_(std::move(tell)),
      metrics_(tools.registry, service_),
      news_(tools.river) {
  for (auto& setup : probes) {
    loops_.push_back(std::make_unique<ProbeLoop>(std::move(setup), tools_, [this] {
      pending_ = true;
      news_.ring();
    }));
  }
  verdict_ = weigh_now();
}

Health::~Health() = default;

Task<void> Health::run() {
  async::Nursery nursery(tools_.river);
  for (auto& loop : loops_) nursery.start(loop->run());
  nursery.start(weigh_all());
  co_await nursery.join();
}

ServiceVerdict Health::weigh_now() const {
  std::vector<ProbeView> views;
  for (const auto& loop : loops_) views.push_back(loop->view());
  return weigh(views);
}

Task<void> Health::weigh_all() {
  for (;;) {
    while (!pending_) co_await news_.wait();
    pending_ = false;
    const bool turns_sick = weigh_now().state == core::State::sick && verdict_.state != core::State::sick;
    if (turns_sick && weigh_now().explained_by.empty()) co_await ask_dependencies();
    const core::State before = verdict_.state;
    announce(weigh_now());
    tell_of_probes(before);
  }
}

Task<void> Health::ask_dependencies() {
  core::Duration longest{};
  std::vector<ProbeLoop*> dependencies;
  for (const auto& loop : loops_) {
    if (!loop->status().dependency) continue;
    dependencies.push_back(loop.get());
    longest = std::max(longest, loop->timeout());
  }
  if (dependencies.empty()) co_return;
  auto ask_all = [](async::Executor river, std::vector<ProbeLoop*> loops) -> Task<void> {
    async::Nursery nursery(std::move(river));
    for (ProbeLoop* loop : loops) nursery.start(loop->ask_now());
    co_await nursery.join();
  };
  // Twice its timeout: a question asked before this one may still be on its way.
  auto work = ask_all(tools_.river, std::move(dependencies));
  (void)co_await async::finish_within(tools_.clock, 2 * longest + std::chrono::seconds(1), std::move(work));
}

void Health::announce(ServiceVerdict verdict) {
  const bool changed = verdict.state != verdict_.state;
  const bool matters = changed || verdict.explained_by != verdict_.explained_by;
  verdict_ = std::move(verdict);
  if (!matters) return;
  if (changed) metrics_.changed(verdict_.state);
  std::string sentence = fmt::format("{} is {}: {}", service_, core::name_of(verdict_.state), verdict_.why);
  if (!verdict_.explained_by.empty()) sentence += fmt::format("; {} explains it", verdict_.explained_by);
  tools_.events.record(core::EventKind::health, service_, sentence);
  tools_.log.info("health", "The verdict changed",
                  {{"service", service_}, {"state", core::name_of(verdict_.state)}, {"why", sentence}});
  const core::Verdict told{verdict_.state, changed, verdict_.why};
  tell_(told, verdict_.explained_by);
}

// What the service's own sentence has just said is not said again of the probe that it comes from.
void Health::tell_of_probes(core::State before) {
  for (const auto& loop : loops_) {
    if (!loop->take_change()) continue;
    const core::ProbeStatus& probe = loop->status();
    if (!probe.dependency && verdict_.state != before && probe.state == verdict_.state) continue;
    std::string sentence = fmt::format("{} is {}: {}", probe.name, core::name_of(probe.state), probe.why);
    tools_.events.record(core::EventKind::health, probe.name, std::move(sentence));
  }
}

void Health::begin_again() {
  for (auto& loop : loops_)
    if (!loop->status().dependency) loop->begin_again();
  verdict_ = weigh_now();
  metrics_.show(verdict_.state);
}

std::vector<core::ProbeStatus> Health::probes() const {
  std::vector<core::ProbeStatus> all;
  for (const auto& loop : loops_) all.push_back(loop->status());
  return all;
}

bool Health::has_probes() const {
  return std::any_of(loops_.begin(), loops_.end(),
                     [](const auto& loop) { return !loop->status().dependency; });
}

}  // namespace outrider::health
