// Keeps what time it is for the service: the calendar of the configuration, and the maintenance that
// operators begin, which outlives the agent. Tells whoever acts by it. Runs on `decide`.
#pragma once

#include "agent/app/world.hpp"
#include "agent/async/bell.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/event.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/season.hpp"
#include "agent/health/calendar/calendar.hpp"
#include "agent/health/metrics.hpp"

#include <functional>
#include <optional>
#include <string>

#include <prometheus/registry.h>

namespace outrider::app {

class SeasonKeeper {
 public:
  using Tell = std::function<void(const core::Season& season)>;

  SeasonKeeper(World& world, prometheus::Registry& registry, core::EventSink& events, Tell tell);

  // The calendar as it shall be from now on.
  core::Task<core::Outcome<>> open(const Settings& settings);
  // What an operator has begun before the agent did.
  core::Task<void> remember(const Settings& settings);

  core::Task<core::Outcome<std::string>> maintenance(core::Journal& journal, core::Operator who,
                                                     core::MaintenanceQuestion question);
  // Looks at the clock and tells; gives how long that holds.
  core::Duration look();
  core::Task<void> run();

  const core::Season& season() const { return season_; }

 private:
  core::Task<core::Outcome<>> keep(std::optional<health::AdHoc> next);

  World& world_;
  core::EventSink& events_;
  Tell tell_;
  health::SeasonMetrics metrics_;
  health::Calendar calendar_{{}, {}};
  std::string service_;
  std::string path_;                     // where an operator's maintenance is kept
  std::optional<health::AdHoc> ad_hoc_;  // it
  core::Season season_;
  async::Bell bell_;
};

}  // namespace outrider::app
