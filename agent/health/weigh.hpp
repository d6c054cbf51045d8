// The verdicts on single probes become one verdict on the service. Pure.
// A dependency (the service's database, say) never makes the service sick by itself; but when it is down it
// explains why the service is, and then restarting the service would mend nothing.
#pragma once

#include "agent/core/verdict.hpp"

#include <span>
#include <string>

namespace outrider::health {

struct ProbeView {
  std::string name;
  bool dependency = false;
  core::State state = core::State::unknown;
  core::Standing last = core::Standing::unknown;
  std::string why;
};

struct ServiceVerdict {
  core::State state = core::State::unknown;
  std::string why;
  std::string explained_by;  // the dependency whose trouble explains a sick service; else empty

  bool operator==(const ServiceVerdict&) const = default;
};

// Sick when any of its own probes is; unknown when any is unknown, or when it has none; else healthy.
// A dependency explains already when it failed its last question: it may be on its way to sick more slowly.
ServiceVerdict weigh(std::span<const ProbeView> probes);

}  // namespace outrider::health
