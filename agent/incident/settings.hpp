// The section `incidents` of the configuration.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"

#include <cstdint>
#include <string>

namespace outrider::incident {

struct Settings {
  std::uint64_t recorder_bytes = 8U << 20U;
  std::uint64_t most_bytes = 64U << 20U;
  std::int64_t most = 50;
  core::Duration before = std::chrono::minutes(1);        // of the recorder, into the incident
  core::Duration close_after = std::chrono::seconds(10);  // that the service has been well
  core::Duration reopen_within = std::chrono::minutes(5);
  std::string debugger;       // empty: a hung process is only looked at
  std::string deploy_marker;  // empty: none is watched
};

config::Kind<Settings> settings_kind();

}  // namespace outrider::incident
