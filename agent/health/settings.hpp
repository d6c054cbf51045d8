// How a probe is written in the configuration: the keys all probes share, beside the one that names its kind.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"
#include "agent/probes/shelf.hpp"

#include <cstdint>
#include <string>

namespace outrider::health {

struct ProbeSettings {
  std::string kind;  // the shelf entry's name: "http"
  probes::Maker make;
  core::Duration every = std::chrono::seconds(10);
  core::Duration timeout = std::chrono::seconds(1);
  std::uint32_t fail_after = 3;
  std::uint32_t heal_after = 1;
  bool dependency = false;
};

// One probe: exactly one key of the shelf, and the common keys. Copies what it needs of the shelf.
config::Kind<ProbeSettings> probe_kind(const probes::Shelf& shelf);

// health.warm_up
config::Kind<core::Duration> warm_up_kind();

}  // namespace outrider::health
