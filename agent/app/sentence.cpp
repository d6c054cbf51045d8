#include "agent/app/sentence.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::app {

std::string why_not_ready(const core::Status& status, bool begun, bool stopping) {
  if (stopping) return "outrider is stopping";
  if (!begun) return "outrider is starting";
  for (const core::RiverStatus& river : status.rivers) {
    if (!river.turning) return fmt::format("the river {} does not turn", river.name);
  }
  return {};
}

core::State overall_state(const core::Status& status) {
  const std::string& phase = status.service.phase;
  if (phase == "given up" || phase == "waiting" || phase == "stopping" || phase == "killing")
    return core::State::sick;
  if (status.service.state == core::State::unknown && status.probes.empty() && phase == "running") {
    return core::State::healthy;  // nothing judges it; it runs, and that is all that was asked
  }
  return status.service.state;
}

namespace {

std::string service_part(const core::Status& status) {
  const core::ServiceStatus& service = status.service;
  if (service.phase == "given up")
    return fmt::format("{} is down and outrider has given up: {}", service.name, service.last_decision);
  if (service.phase == "waiting") return fmt::format("{} is down and waits for its next start", service.name);
  if (service.phase == "ended") return fmt::format("{} has ended", service.name);
  switch (overall_state(status)) {
    case core::State::healthy:
      return fmt::format("{} is {}", service.name, status.probes.empty() ? "running" : "healthy");
    case core::State::sick: return fmt::format("{} is sick: {}", service.name, service.why);
    case core::State::unknown: break;
  }
  const std::string why = service.why.empty() ? "" : ": " + service.why;
  return fmt::format("whether {} is well is not known{}", service.name, why);
}

}  // namespace

std::string verdict_sentence(const core::Status& status) {
  std::vector<std::string> parts{service_part(status)};
  if (!status.probes.empty()) {
    const auto ok =
        std::count_if(status.probes.begin(), status.probes.end(),
                      [](const core::ProbeStatus& probe) { return probe.last == core::Standing::ok; });
    parts.push_back(fmt::format("{} of {} probes ok", ok, status.probes.size()));
  }
  if (status.service.budget > 0) {
    parts.push_back(fmt::format("{} of {} restarts left", status.service.budget_left, status.service.budget));
  }
  for (const core::StreamStatus& stream : status.streams) {
    if (!stream.trouble.empty())
      parts.push_back(fmt::format("{} is in trouble: {}", stream.sink, stream.trouble));
  }
  if (!status.audit_trouble.empty()) parts.push_back("the audit is in trouble: " + status.audit_trouble);
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace outrider::app
