// How a probe is written in the configuration: the keys all probes share, beside the one that names its kind.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"
#include "agent/health/weigh.hpp"
#include "agent/probes/shelf.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::health {

struct ProbeSettings {
  std::string kind;  // the shelf entry's name: "http"
  probes::Maker make;
  core::Duration every = std::chrono::seconds(10);
  core::Duration timeout = std::chrono::seconds(1);
  std::uint32_t fail_after = 3;
  std::uint32_t heal_after = 1;
  bool dependency = false;
  std::optional<Role> role;  // written; else live
};

// One probe: exactly one key of the shelf, and the common keys. Copies what it needs of the shelf.
config::Kind<ProbeSettings> probe_kind(const probes::Shelf& shelf);

using NamedProbes = std::vector<std::pair<std::string, ProbeSettings>>;

// How long a probe's failures are forgiven after a start. Where a start-up probe says when the service has
// begun, nothing is forgiven after that.
core::Duration warm_up_of(const ProbeSettings& probe, const NamedProbes& all, core::Duration warm_up);

// How long after its start a first verdict on the service may take.
core::Duration start_up_time(const NamedProbes& all, core::Duration warm_up);

// health.warm_up
config::Kind<core::Duration> warm_up_kind();

}  // namespace outrider::health
