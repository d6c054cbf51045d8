#include "agent/api/neighbour.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::api {

using core::Duration;
using core::Standing;
using core::State;

namespace {

bool is_up(const std::string& phase) { return phase == "running" || phase == "not supervised"; }

}  // namespace

NeighbourWord word_of(const core::Status& status) {
  NeighbourWord word;
  const core::ServiceStatus& service = status.service;
  word.service = service.name;
  word.causes = service.causes;
  const core::ProbeStatus* failing = nullptr;
  for (const core::ProbeStatus& probe : status.probes) {
    if (probe.dependency || probe.asked_total == 0) continue;
    const Duration age =
        std::max(std::chrono::duration_cast<Duration>(status.now - probe.asked), Duration::zero());
    if (!word.age || age < *word.age) word.age = age;
    if (probe.last == Standing::not_ok && failing == nullptr) failing = &probe;
  }
  word.standing = Standing::not_ok;
  if (service.state == State::sick) {
    word.why = "is sick: " + service.why;
  } else if (!is_up(service.phase)) {
    word.why = service.phase == "given up" ? "is down and was given up" : "is " + service.phase;
    if (service.phase == "starting" && service.state == State::healthy) word.standing = Standing::ok;
  } else if (service.readiness == State::sick) {
    word.why = "is not ready: " + service.not_ready_because;
  } else if (failing != nullptr) {
    word.why = fmt::format("is failing: {} {}", failing->name, failing->detail);
  } else if (service.state == State::healthy) {
    word.standing = Standing::ok;
    word.why = "is healthy: " + service.why;
  } else {
    word.standing = Standing::unknown;
    word.why = "may be well or not: " + service.why;
  }
  return word;
}

}  // namespace outrider::api
