#include "agent/app/promises/promises.hpp"

#include <utility>

namespace outrider::app {
namespace {

// `slo` names probes that are there: the configuration was held to that.
std::vector<slo::Objective> objectives_in(const Settings& settings) {
  std::vector<slo::Objective> objectives;
  for (const auto& [name, promise] : settings.slo) {
    if (promise.requests) objectives.push_back(slo::objective_of(name, promise, {}));
    for (const auto& [probe, asked] : settings.health.probes) {
      if (probe == promise.probe) objectives.push_back(slo::objective_of(name, promise, asked.every));
    }
  }
  return objectives;
}

}  // namespace

Promises::Promises(World& world, prometheus::Registry& registry, core::EventSink& events,
                   std::function<void(std::exception_ptr)> part_ended)
    : world_(world), registry_(registry), events_(events), slot_(world.decide, std::move(part_ended)) {}

core::Task<void> Promises::start(const Settings& settings) {
  std::vector<slo::Objective> objectives = objectives_in(settings);
  if (objectives.empty()) co_return;
  const slo::Objectives::Tools tools{world_.clock, world_.pool, world_.files, registry_, events_, world_.log};
  objectives_ = std::make_unique<slo::Objectives>(tools, settings.service.service, settings.state,
                                                  std::move(objectives));
  co_await objectives_->open();
  objectives_->heed(season_);
  slot_.start(objectives_->run());
}

core::Task<void> Promises::stop() {
  co_await slot_.stop();
  if (objectives_) co_await objectives_->save();
  objectives_.reset();
}

void Promises::hear(const std::string& probe, const core::Answer& answer) {
  if (objectives_) objectives_->hear(probe, answer);
}

void Promises::hear(const std::vector<tracing::RequestCount>& requests) {
  for (const tracing::RequestCount& now : requests) {
    tracing::RequestCount& before = heard_[now.name];
    // Whoever counts begins anew when traces are configured anew.
    const bool began_anew = now.good < before.good || now.bad < before.bad;
    const slo::Counts more = began_anew ? slo::Counts{now.good, now.bad}
                                        : slo::Counts{now.good - before.good, now.bad - before.bad};
    before = now;
    if (objectives_) objectives_->hear(now.name, more);
  }
}

void Promises::heed(const core::Season& season) {
  season_ = season;
  if (objectives_) objectives_->heed(season);
}

std::optional<core::ObjectiveStatus> Promises::find(const std::string& name) const {
  for (core::ObjectiveStatus& one : status()) {
    if (one.name == name) return std::move(one);
  }
  return std::nullopt;
}

std::vector<core::ObjectiveStatus> Promises::status() const {
  return objectives_ ? objectives_->status() : std::vector<core::ObjectiveStatus>();
}

}  // namespace outrider::app
