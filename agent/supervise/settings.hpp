// health.restart in the configuration: what to run, and how it may be restarted.
#pragma once

#include "agent/actuators/shelf.hpp"
#include "agent/async/retry.hpp"
#include "agent/config/kind.hpp"
#include "agent/config/kinds.hpp"
#include "agent/leases/shelf.hpp"
#include "agent/supervise/decide.hpp"

#include <optional>
#include <string>

namespace outrider::supervise {

struct BackoffSettings {
  core::Duration first = std::chrono::seconds(1);
  core::Duration most = std::chrono::minutes(5);
};

// What is tried when restarts in a row do not mend a sick service; after that a human.
struct EscalateSettings {
  std::uint32_t restarts = 3;
  std::uint32_t recreations = 1;
};

// Restarts of the living, shared with the other replicas.
struct FleetSettings {
  std::string kind;  // the shelf entry's name: "file"
  leases::Maker make_lease;
  std::optional<config::Budget> budget;
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
  std::optional<core::Duration> when_saturated_for = std::chrono::minutes(10);  // nothing: never
  std::optional<core::Duration> when_unready_for;
  EscalateSettings escalate;
  std::optional<FleetSettings> fleet;

  actuators::WhenAgentDies when_agent_dies = actuators::WhenAgentDies::restart;
  bool left_running = false;  // when_agent_stops: leave_running

  // `kept_in`: where the agent after this one finds what was started.
  actuators::Surroundings surroundings(std::string kept_in = {}) const {
    return {environment, directory, std::move(kept_in), when_agent_dies, left_running, stop_timeout};
  }
};

// Copies what it needs of the shelf.
config::Kind<Settings> restart_kind(const actuators::Shelf& shelf, const leases::Shelf& leases);

}  // namespace outrider::supervise
