#include "agent/health/weigh.hpp"

#include <fmt/core.h>

namespace outrider::health {
namespace {

using core::State;

void join(std::string& list, const ProbeView& probe) {
  if (!list.empty()) list += "; ";
  list += fmt::format("{} {}", probe.name, probe.why);
}

bool in_trouble(const ProbeView& probe) {
  return probe.state == State::sick || probe.last == core::Standing::not_ok;
}

}  // namespace

ServiceVerdict weigh(std::span<const ProbeView> probes) {
  std::string sick, unknown, first_in_trouble;
  std::size_t own = 0;
  for (const ProbeView& probe : probes) {
    if (probe.dependency) {
      if (first_in_trouble.empty() && in_trouble(probe)) first_in_trouble = probe.name;
      continue;
    }
    ++own;
    if (probe.state == State::sick) join(sick, probe);
    if (probe.state == State::unknown) join(unknown, probe);
  }
  if (!sick.empty()) return {State::sick, sick, first_in_trouble};
  if (!unknown.empty()) return {State::unknown, unknown, {}};
  if (own == 0) return {State::unknown, "no probe asks it", {}};
  return {State::healthy, own == 1 ? "its probe is ok" : fmt::format("all {} probes are ok", own), {}};
}

}  // namespace outrider::health
