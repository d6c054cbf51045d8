// The verdicts on single probes become one verdict on the service. Pure.
// A dependency (the service's database, say) never makes the service sick by itself; but when it is down it
// explains why the service is, and then restarting the service would mend nothing. A dependency that knows
// what explains its own trouble hands that on, so that the first cause comes out at the far end.
#pragma once

#include "agent/core/verdict.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::health {

// What a probe's failure means, as with kubelet.
enum class Role {
  live,     // it does not work any more: a restart may mend it
  ready,    // it cannot be sent work now: people are told, nothing is restarted
  startup,  // it has not begun yet: until this was ok once, the others are not asked
};
std::string_view name_of(Role role);

struct ProbeView {
  std::string name;
  bool dependency = false;
  Role role = Role::live;
  core::State state = core::State::unknown;
  core::Standing last = core::Standing::unknown;
  std::string why;
  bool spoke = false;                    // the target itself gave the last answer
  bool busy = false;                     // of its latest failures one said: too much to do
  bool late = false;                     // all of its latest failures were answers that came too late
  std::vector<std::string> causes = {};  // of a dependency: its own name, then what explains its trouble

  bool operator==(const ProbeView&) const = default;
};

// Sick when any of its own live or start-up probes is; unknown when any is unknown, or when it has none; else
// healthy. Ready when all probes of that role are ok. A dependency explains already when it failed its last
// question: it may be on its way to sick more slowly.
// Saturated: everything that is sick said so itself, or was only late while another probe got its answer.
core::ServiceVerdict weigh(std::span<const ProbeView> probes);

}  // namespace outrider::health
