// What is promised of the service (`slo`): the objectives, in a slot of their own. Empty where none are
// configured.
#pragma once

#include "agent/app/world.hpp"
#include "agent/async/slot.hpp"
#include "agent/core/season.hpp"
#include "agent/slo/objectives.hpp"

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/registry.h>

namespace outrider::app {

class Promises {
 public:
  Promises(World& world, prometheus::Registry& registry, core::EventSink& events,
           std::function<void(std::exception_ptr)> part_ended);

  core::Task<void> start(const Settings& settings);
  core::Task<void> stop();

  void hear(const std::string& probe, const core::Answer& answer);
  // How many requests of each objective there were, as counted since the agent, or that objective, is there.
  void hear(const std::vector<tracing::RequestCount>& requests);
  void heed(const core::Season& season);
  std::vector<core::ObjectiveStatus> status() const;
  std::optional<core::ObjectiveStatus> find(const std::string& name) const;

 private:
  World& world_;
  prometheus::Registry& registry_;
  core::EventSink& events_;
  std::unique_ptr<slo::Objectives> objectives_;
  std::map<std::string, tracing::RequestCount> heard_;  // as of the last time
  core::Season season_;
  async::Slot slot_;
};

}  // namespace outrider::app
