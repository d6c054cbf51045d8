#include "agent/core/concerns.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

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

void of_probe(const ProbeStatus& probe, std::vector<Concern>& found) {
  const std::string_view part = probe.dependency ? "dependency" : "probe";
  if (probe.state == State::sick || probe.last == Standing::not_ok) {
    found.push_back({probe.state == State::sick ? Severity::critical : Severity::warning,
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
  for (const ProbeStatus& probe : status.probes) of_probe(probe, found);
  for (const StreamStatus& stream : status.streams) of_stream(stream, found);
  for (const ScrapeStatus& scrape : status.scrapes) of_scrape(scrape, found);
  if (!status.ready && !status.not_ready_because.empty()) {
    found.push_back({Severity::warning, "not ready: " + status.not_ready_because, ""});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Concern& a, const Concern& b) { return a.severity > b.severity; });
  return found;
}

Severity severity_of(const Status& status) {
  if (status.state == State::sick) return Severity::critical;
  const auto found = concerns_of(status);
  const Severity worst = found.empty() ? Severity::fine : found.front().severity;
  if (worst == Severity::critical) return worst;
  if (status.state == State::unknown) return Severity::unknown;
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
