#include "agent/app/promises/promises.hpp"

#include <utility>

namespace outrider::app {
namespace {

// `slo` names probes that are there: the configuration was held to that.
std::vector<slo::Objective> objectives_in(const Settings& settings) {
  std::vector<slo::Objective> objectives;
  for (const auto& [name, promise] : settings.slo) {
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

void Promises::heed(const core::Season& season) {
  season_ = season;
  if (objectives_) objectives_->heed(season);
}

std::vector<core::ObjectiveStatus> Promises::status() const {
  return objectives_ ? objectives_->status() : std::vector<core::ObjectiveStatus>();
}

}  // namespace outrider::app
