// For this room's tests: a status in which all is well, and what may be wrong with it.
#pragma once

#include "agent/core/status.hpp"

#include <string>

namespace outrider::alert::testing {

inline const core::WallTime noon{std::chrono::seconds(1'795'262'400)};

inline core::ProbeStatus probe(std::string name, core::State state, bool dependency = false) {
  core::ProbeStatus probe;
  probe.name = std::move(name);
  probe.state = state;
  probe.last = state == core::State::sick      ? core::Standing::not_ok
               : state == core::State::healthy ? core::Standing::ok
                                               : core::Standing::unknown;
  probe.detail = state == core::State::sick      ? "HTTP 503"
                 : state == core::State::healthy ? "HTTP 200"
                                                 : "no descriptors";
  probe.dependency = dependency;
  probe.asked_total = 1;
  return probe;
}

inline core::Status well() {
  core::Status status;
  status.now = noon;
  status.resource.service = status.service.name = "tests-api";
  status.resource.instance = "one";
  status.service.phase = "running";
  status.service.since = noon - std::chrono::hours(1);
  status.service.state = core::State::healthy;
  status.service.budget = status.service.budget_left = 5;
  status.service.budget_text = "5 per 1h";
  status.probes = {probe("ready", core::State::healthy)};
  status.rivers = {{"decide", {}, true}, {"carry", {}, true}};
  return status;
}

inline core::Status sick() {
  core::Status status = well();
  status.service.state = core::State::sick;
  status.service.why = "ready failed 3 times: HTTP 503";
  status.probes = {probe("ready", core::State::sick)};
  return status;
}

}  // namespace outrider::alert::testing
