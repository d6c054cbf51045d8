#include "agent/core/concerns.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::core {
namespace {

void of_service(const ServiceStatus& service, std::vector<Concern>& found) {
  if (service.phase == "given up") {
    found.push_back({Severity::critical, service.name + " was given up: it is not restarted any more",
                     "find out why it dies, then: outrider restart --reason \"…\""});
  }
  if (service.budget > 0 && service.budget_left == 0) {
    found.push_back({Severity::warning,
                     fmt::format("the restart budget of {} is spent: another death will have to wait",
                                 service.budget_text),
                     "outrider restart --even-without-budget --reason \"…\" restarts it all the same"});
  }
}

Severity raised(Severity severity) { return severity == Severity::fine ? severity : Severity::critical; }

// Why it is sick is its probes' own concern; what is behind it is nobody else's.
void of_health(const ServiceStatus& service, std::vector<Concern>& found) {
  if (service.rung == "human" && service.state == State::sick) {
    found.push_back({Severity::critical, "restarts do not mend " + service.name + ": it is yours now",
                     "find out why, then: outrider restart --reason \"…\""});
  }
  if (service.readiness == State::sick) {
    found.push_back({Severity::warning,
                     fmt::format("{} cannot be sent work: {}", service.name, service.not_ready_because), ""});
  }
  if (service.saturated) {
    found.push_back({Severity::warning, service.name + " has too much to do: it is slow, not dead",
                     "give it less to do, or more of it"});
  }
  if (!service.causes.empty()) {
    found.push_back({Severity::warning,
                     fmt::format("{} explains what {} suffers from", service.causes.back(), service.name),
                     "mend that first: nothing is restarted for it"});
  }
}

void of_probe(const ProbeStatus& probe, std::vector<Concern>& found) {
  const std::string_view part = probe.dependency ? "dependency" : "probe";
  if (probe.state == State::sick || probe.last == Standing::not_ok) {
    const bool grave = probe.state == State::sick && probe.role != "ready";
    found.push_back({grave ? Severity::critical : Severity::warning,
                     fmt::format("{} {}: {}", part, probe.name, probe.detail),
                     probe.dependency ? "mend the dependency: nothing is restarted for it" : ""});
  } else if (probe.last == Standing::unknown) {
    found.push_back({Severity::unknown,
                     probe.asked_total == 0
                         ? fmt::format("{} {} has not been asked yet", part, probe.name)
                         : fmt::format("{} {} could not be asked: {}", part, probe.name, probe.detail),
                     ""});
  }
}

void of_objective(const ObjectiveStatus& objective, std::vector<Concern>& found) {
  if (objective.state != State::sick) return;
  found.push_back({objective.urgency == "page" ? Severity::critical : Severity::warning, objective.why, ""});
}

void of_stream(const StreamStatus& stream, std::vector<Concern>& found) {
  if (!stream.trouble.empty()) {
    found.push_back({Severity::warning, fmt::format("{}: {}", stream.sink, stream.trouble), ""});
  }
  if (stream.dropped > 0) {
    found.push_back(
        {Severity::warning,
         fmt::format("{} records from {} were dropped before {}", stream.dropped, stream.source, stream.sink),
         "outrider_ledger_dropped_records_total says why"});
  }
}

void of_scrape(const ScrapeStatus& scrape, std::vector<Concern>& found) {
  if (scrape.up == Standing::not_ok) {
    found.push_back({Severity::warning, fmt::format("cannot scrape {}: {}", scrape.url, scrape.detail), ""});
  }
}

void of_notifier(const NotifierStatus& notifier, std::vector<Concern>& found) {
  if (notifier.trouble.empty()) return;
  found.push_back({Severity::warning,
                   fmt::format("people are not reached by {}: {}", notifier.name, notifier.trouble),
                   fmt::format("outrider notify --test {}", notifier.name)});
}

}  // namespace

std::vector<Concern> concerns_of(const Status& status) {
  std::vector<Concern> found;
  if (!status.audit_trouble.empty()) {
    found.push_back({Severity::critical, status.audit_trouble,
                     "nothing is restarted while the audit journal cannot be written"});
  }
  for (const RiverStatus& river : status.rivers) {
    if (river.turning) continue;
    found.push_back({Severity::critical,
                     fmt::format("the {} river has not turned for {}", river.name, show_duration(river.lag)),
                     "the agent itself hangs: take a core, then restart outrider"});
  }
  of_service(status.service, found);
  of_health(status.service, found);
  for (const ProbeStatus& probe : status.probes) of_probe(probe, found);
  for (const ObjectiveStatus& objective : status.objectives) of_objective(objective, found);
  for (const StreamStatus& stream : status.streams) of_stream(stream, found);
  for (const ScrapeStatus& scrape : status.scrapes) of_scrape(scrape, found);
  if (status.recovery) {
    found.insert(found.end(), status.recovery->concerns.begin(), status.recovery->concerns.end());
  }
  if (status.alerts) {
    for (const NotifierStatus& notifier : status.alerts->notifiers) of_notifier(notifier, found);
  }
  if (!status.ready && !status.not_ready_because.empty()) {
    found.push_back({Severity::warning, "not ready: " + status.not_ready_because, ""});
  }
  if (!status.season.maintenance.empty()) {
    found.push_back({Severity::warning, "under maintenance " + status.season.maintenance,
                     "nothing is done by itself meanwhile; outrider maintenance end --reason \"…\""});
  }
  if (!status.season.frozen.empty()) {
    found.push_back({Severity::warning, "actions are frozen " + status.season.frozen,
                     "outrider restart --reason \"…\" restarts it all the same"});
  }
  if (!status.season.raised.empty()) {
    for (Concern& concern : found) concern.severity = raised(concern.severity);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Concern& a, const Concern& b) { return a.severity > b.severity; });
  return found;
}

State overall_state(const Status& status) {
  const std::string& phase = status.service.phase;
  if (phase == "given up" || phase == "waiting" || phase == "stopping") return State::sick;
  if (phase == "ended" && status.service.state == State::healthy) return State::unknown;  // it was healthy
  if (status.service.state == State::unknown && status.probes.empty() && phase == "running") {
    return State::healthy;  // nothing judges it; it runs, and that is all that was asked
  }
  return status.service.state;
}

namespace {

std::string service_part(const Status& status) {
  const ServiceStatus& service = status.service;
  if (service.phase == "given up")
    return fmt::format("{} is down and outrider has given up: {}", service.name, service.last_decision);
  if (service.phase == "waiting") return fmt::format("{} is down and waits for its next start", service.name);
  if (service.phase == "stopping") return fmt::format("{} is being stopped", service.name);
  if (service.phase == "ended") return fmt::format("{} has ended", service.name);
  switch (overall_state(status)) {
    case State::healthy:
      return fmt::format("{} is {}", service.name, status.probes.empty() ? "running" : "healthy");
    case State::sick: return fmt::format("{} is sick: {}", service.name, service.why);
    case State::unknown: break;
  }
  const std::string why = service.why.empty() ? "" : ": " + service.why;
  return fmt::format("whether {} is well is not known{}", service.name, why);
}

}  // namespace

std::string verdict_sentence(const Status& status) {
  std::vector<std::string> parts{service_part(status)};
  if (!status.probes.empty()) {
    const auto ok = std::count_if(status.probes.begin(), status.probes.end(),
                                  [](const ProbeStatus& probe) { return probe.last == Standing::ok; });
    parts.push_back(fmt::format("{} of {} probes ok", ok, status.probes.size()));
  }
  if (status.service.budget > 0) {
    parts.push_back(fmt::format("{} of {} restarts left", status.service.budget_left, status.service.budget));
  }
  for (const StreamStatus& stream : status.streams) {
    if (!stream.trouble.empty())
      parts.push_back(fmt::format("{} is in trouble: {}", stream.sink, stream.trouble));
  }
  if (!status.audit_trouble.empty()) parts.push_back("the audit is in trouble: " + status.audit_trouble);
  return fmt::format("{}", fmt::join(parts, "; "));
}

Severity severity_of(const Status& status) {
  const State state = overall_state(status);
  if (state == State::sick) return Severity::critical;
  const auto found = concerns_of(status);
  const Severity worst = found.empty() ? Severity::fine : found.front().severity;
  if (worst == Severity::critical) return worst;
  if (state == State::unknown) return Severity::unknown;
  // The verdict stands; a part of the picture that is missing makes it less than fine, not unknown.
  return worst == Severity::fine ? Severity::fine : Severity::warning;
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::fine: return "fine";
    case Severity::warning: return "warning";
    case Severity::unknown: return "unknown";
    case Severity::critical: return "critical";
  }
  return "unknown";
}

std::string verdict_of(const Status& status) {
  if (!status.sentence.empty()) return status.sentence;
  const std::string name = status.resource.service.empty() ? "the service" : status.resource.service;
  return "nothing is known of " + name + " yet";
}

}  // namespace outrider::core
