// health.restart in the configuration: what to run, and how it may be restarted.
#pragma once

#include "agent/actuators/shelf.hpp"
#include "agent/async/retry.hpp"
#include "agent/config/kind.hpp"
#include "agent/config/kinds.hpp"
#include "agent/supervise/decide.hpp"

#include <string>

namespace outrider::supervise {

struct BackoffSettings {
  core::Duration first = std::chrono::seconds(1);
  core::Duration most = std::chrono::minutes(5);
};

struct Settings {
  std::string actuator;   // the shelf entry's name: "child"
  actuators::Maker make;  // make(tools, surroundings())
  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory;
  config::Budget budget;
  BackoffSettings backoff;
  core::Duration stable_after = std::chrono::minutes(1);
  core::Duration stop_timeout = std::chrono::seconds(10);
  WhenItEnds when_it_ends = WhenItEnds::restart;
  bool dry_run = false;

  actuators::Surroundings surroundings() const { return {environment, directory}; }
};

// Copies what it needs of the shelf.
config::Kind<Settings> restart_kind(const actuators::Shelf& shelf);

}  // namespace outrider::supervise
