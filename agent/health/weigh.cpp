#include "agent/health/weigh.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::health {
namespace {

using core::ServiceVerdict;
using core::State;

void join(std::string& list, const ProbeView& probe) {
  if (!list.empty()) list += "; ";
  list += fmt::format("{} {}", probe.name, probe.why);
}

bool in_trouble(const ProbeView& probe) {
  return probe.state == State::sick || probe.last == core::Standing::not_ok;
}

bool is_own(const ProbeView& probe) { return !probe.dependency; }

// The probes of one role together.
struct Sum {
  std::size_t count = 0;
  std::string sick, unknown;

  void add(const ProbeView& probe) {
    ++count;
    if (probe.state == State::sick) join(sick, probe);
    if (probe.state == State::unknown) join(unknown, probe);
  }
};

// A dependency that is sick by its own run of answers goes before one that only failed its last question.
std::vector<std::string> causes_in(std::span<const ProbeView> probes) {
  const ProbeView* found = nullptr;
  for (const ProbeView& probe : probes) {
    if (!probe.dependency || !in_trouble(probe)) continue;
    const bool surer = found != nullptr && found->state != State::sick && probe.state == State::sick;
    if (found == nullptr || surer) found = &probe;
  }
  if (found == nullptr) return {};
  return found->causes.empty() ? std::vector<std::string>{found->name} : found->causes;
}

bool is_saturated(std::span<const ProbeView> probes) {
  const auto other_spoke = [&probes](const ProbeView& than) {
    return std::any_of(probes.begin(), probes.end(), [&than](const ProbeView& probe) {
      return is_own(probe) && &probe != &than && probe.spoke;
    });
  };
  return std::all_of(probes.begin(), probes.end(), [&](const ProbeView& probe) {
    if (probe.dependency || probe.role == Role::ready || probe.state != State::sick) return true;
    return probe.busy || (probe.late && other_spoke(probe));
  });
}

void weigh_life(const Sum& startup, const Sum& live, const Sum& ready, ServiceVerdict& verdict) {
  if (!startup.sick.empty() || !startup.unknown.empty()) {
    const bool sick = !startup.sick.empty();
    verdict.state = sick ? State::sick : State::unknown;
    verdict.why = sick ? "it has not started: " + startup.sick : "it is starting: " + startup.unknown;
    return;
  }
  if (!live.sick.empty() || !live.unknown.empty()) {
    verdict.state = live.sick.empty() ? State::unknown : State::sick;
    verdict.why = live.sick.empty() ? live.unknown : live.sick;
    return;
  }
  const std::size_t asked = startup.count + live.count + ready.count;
  if (asked == 0) {
    verdict.why = "no probe asks it";
    return;
  }
  if (startup.count + live.count == 0 && verdict.readiness != State::healthy) {
    verdict.why = "no probe asks whether it lives, and " +
                  (ready.sick.empty() ? ready.unknown : "it is not ready: " + ready.sick);
    return;
  }
  verdict.state = State::healthy;
  const bool all = verdict.readiness == State::healthy || ready.count == 0;
  const std::size_t ok = all ? asked : startup.count + live.count;
  verdict.why = ok == 1 ? "its probe is ok" : fmt::format("all {} probes are ok", ok);
  if (!all && ok == 1) verdict.why = "the probe of its life is ok";
  if (!all && ok > 1) verdict.why = fmt::format("all {} probes of its life are ok", ok);
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::live: return "live";
    case Role::ready: return "ready";
    case Role::startup: return "startup";
  }
  return "live";
}

ServiceVerdict weigh(std::span<const ProbeView> probes) {
  Sum startup, live, ready;
  for (const ProbeView& probe : probes) {
    if (probe.dependency) continue;
    Sum& sum = probe.role == Role::startup ? startup : probe.role == Role::ready ? ready : live;
    sum.add(probe);
  }
  ServiceVerdict verdict;
  if (ready.count > 0) {
    verdict.readiness = !ready.sick.empty()     ? State::sick
                        : ready.unknown.empty() ? State::healthy
                                                : State::unknown;
    verdict.not_ready_because = ready.sick.empty() ? ready.unknown : ready.sick;
  }
  weigh_life(startup, live, ready, verdict);
  if (verdict.state == State::sick) verdict.saturated = is_saturated(probes);
  const bool failing = std::any_of(probes.begin(), probes.end(),
                                   [](const ProbeView& probe) { return is_own(probe) && in_trouble(probe); });
  if (failing) verdict.causes = causes_in(probes);
  return verdict;
}

}  // namespace outrider::health
