#include "agent/alert/conditions/condition.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::alert {
namespace {

using core::Severity;
using core::Standing;
using core::State;

// A restart that has helped is told of for so long: then it is over.
constexpr core::Duration restart_is_news = std::chrono::seconds(10);
// So long outrider is given to mend it by itself before somebody is woken.
constexpr core::Duration mending_takes = std::chrono::minutes(1);

std::string service_key(const core::ServiceStatus& service) { return "ServiceDown/" + service.name; }
std::string probe_key(const std::string& probe) { return "ProbeFailing/" + probe; }

bool is_supervised(const core::ServiceStatus& service) { return service.phase != "not supervised"; }
bool is_given_up(const core::ServiceStatus& service) { return service.phase == "given up"; }
// It runs, is sick, and no restart has mended it.
bool is_handed_over(const core::ServiceStatus& service) {
  return service.rung == "human" && service.state == State::sick;
}
bool is_down(const core::ServiceStatus& service) {
  return service.phase == "waiting" || service.phase == "ended" || is_given_up(service);
}

// What somebody has asked for is no news to anybody.
bool just_restarted(const core::Status& status, core::Duration within) {
  if (status.service.last_restart_was_asked) return false;
  return status.service.last_restart && status.now - *status.service.last_restart < within;
}

// It may still come right without anybody: a restart is under way, or was made a moment ago.
bool is_being_mended(const core::Status& status) {
  const core::ServiceStatus& service = status.service;
  if (!is_supervised(service) || is_given_up(service) || is_handed_over(service) || service.budget_left == 0)
    return false;
  if (!service.causes.empty()) return false;
  if (just_restarted(status, mending_takes)) return true;
  const bool between =
      service.phase == "waiting" || service.phase == "stopping" || service.phase == "starting";
  return between && status.now - service.since < mending_takes;
}

// The probe of what explains the service's trouble. What a dependency's own agent says explains it is named
// by that agent, and not as the probe here.
const core::ProbeStatus* explaining(const core::Status& status) {
  const std::vector<std::string>& causes = status.service.causes;
  if (causes.empty()) return nullptr;
  const core::ProbeStatus* failing = nullptr;
  for (const core::ProbeStatus& probe : status.probes) {
    if (!probe.dependency) continue;
    if (probe.name == causes.front()) return &probe;
    if (failing == nullptr && probe.last == Standing::not_ok) failing = &probe;
  }
  return failing;
}

// The one that is open, or was opened a moment ago.
std::string incident_of(const core::Status& status) {
  constexpr core::Duration recently = std::chrono::minutes(10);
  if (status.incidents.empty()) return {};
  const core::IncidentStatus& newest = status.incidents.front();
  const bool belongs = !newest.closed || status.now - newest.opened < recently;
  return belongs ? newest.id : std::string();
}

std::string what_of(const core::Status& status) {
  const core::ServiceStatus& service = status.service;
  if (is_given_up(service)) return service.name + " is down, and is not restarted any more";
  if (service.phase == "waiting") return service.name + " is down and waits for its next start";
  if (service.phase == "ended") return service.name + " has ended";
  if (service.state == State::sick) {
    const std::string_view because = service.causes.empty() ? "" : " because of ";
    return fmt::format("{} is sick{}{}", service.name, because, fmt::join(service.causes, " because of "));
  }
  if (service.state == State::healthy) return service.name + " was restarted and is healthy";
  return service.name + " was restarted; whether it is well is not known yet";
}

void of_service(const core::Status& status, View& view) {
  const core::ServiceStatus& service = status.service;
  const bool is_sick = service.state == State::sick;
  const bool was_restarted = just_restarted(status, restart_is_news);
  if (is_down(service) || is_sick || was_restarted) {
    Condition found{service_key(service),
                    "ServiceDown",
                    "ServiceDown",
                    "service",
                    Severity::critical,
                    service.name,
                    what_of(status),
                    is_sick ? service.why : service.last_exit,
                    ""};
    if (is_down(service) && found.why.empty()) found.why = service.last_decision;
    if (was_restarted && !is_down(service) && !is_sick) found.why = service.last_restart_reason;
    const bool may_come_right = is_being_mended(status) || (was_restarted && service.state == State::healthy);
    if (may_come_right) found.severity = Severity::warning;
    found.incident = incident_of(status);
    if (!found.incident.empty()) found.next = "outrider incident show " + found.incident;
    if (is_given_up(service)) {
      found.name = found.runbook = "CrashLoop";
      found.next = fmt::format("find out why it dies{}, then: outrider restart --reason \"…\"",
                               found.next.empty() ? "" : " (" + found.next + ")");
    }
    if (!is_given_up(service) && is_handed_over(service)) {
      found.name = found.runbook = "HandedToHuman";
      found.sentence += ", and no restart has mended it";
    }
    if (const core::ProbeStatus* const probe = explaining(status)) found.cause = probe_key(probe->name);
    found.is_acted_on = true;
    view.conditions.push_back(std::move(found));
  }
  if (service.budget > 0 && service.budget_left == 0) {
    view.conditions.push_back(
        {"RestartBudgetSpent/" + service.name, "RestartBudgetSpent", "RestartBudgetSpent", "service",
         Severity::warning, service.name,
         fmt::format("the restart budget of {} ({}) is spent", service.name, service.budget_text),
         "another death will have to wait",
         "outrider restart --even-without-budget --reason \"…\" restarts it all the same",
         service_key(service)});
  }
  if (service.state != State::unknown || is_down(service)) return;
  view.unclear.push_back(service_key(service));
  if (status.probes.empty()) return;  // nobody was asked to judge it
  view.conditions.push_back({"ServiceUnknown/" + service.name, "ServiceUnknown", "ProbeBlind", "service",
                             Severity::unknown, service.name,
                             fmt::format("cannot tell whether {} is well", service.name), service.why,
                             "nothing is restarted while that is so", service_key(service)});
}

// A dependency that has only begun to fail may be what explains the service already; and one that is well
// again, until the service is.
std::string failing_in_words(const core::Status& status, const core::ProbeStatus& probe, bool explains) {
  if (!probe.dependency) return fmt::format("probe {} fails", probe.name);
  const std::vector<std::string>& causes = status.service.causes;
  if (explains && probe.last == Standing::ok)
    return fmt::format("dependency {} is back, and {} is not well yet", probe.name, status.service.name);
  const std::string_view root = explains && causes.size() > 1 ? std::string_view(causes.back()) : "";
  return fmt::format("dependency {} fails{}{}", probe.name, root.empty() ? "" : " because of ", root);
}

void of_probe(const core::Status& status, const core::ProbeStatus& probe, View& view) {
  const bool explains = explaining(status) == &probe;
  const std::string service = service_key(status.service);
  if (probe.state == State::sick || explains) {
    view.conditions.push_back({probe_key(probe.name), "ProbeFailing", "ProbeFailing", "probe",
                               probe.dependency ? Severity::critical : Severity::warning, probe.name,
                               failing_in_words(status, probe, explains), probe.detail,
                               probe.dependency ? "mend the dependency: nothing is restarted for it" : "",
                               probe.dependency ? std::string() : service});
  } else if (probe.last == Standing::unknown && probe.asked_total > 0) {
    view.unclear.push_back(probe_key(probe.name));
    view.conditions.push_back(
        {"ProbeBlind/" + probe.name, "ProbeBlind", "ProbeBlind", "probe", Severity::unknown, probe.name,
         fmt::format("cannot tell how {} is: it could not be asked", probe.name), probe.detail, "",
         probe.dependency ? "" : "ServiceUnknown/" + status.service.name});
  } else if (probe.state == State::unknown || probe.asked_total == 0) {
    view.unclear.push_back(probe_key(probe.name));
  }
}

// The service may be well again, or well enough: the budget has gone all the same.
void of_objective(const core::Status& status, const core::ObjectiveStatus& objective, View& view) {
  const std::string key = "SloBurning/" + objective.name;
  if (objective.state == State::unknown) view.unclear.push_back(key);
  if (objective.state != State::sick) return;
  const bool page = objective.urgency == "page";
  const std::string name = page ? "SloBurning" : "SloLeaking";
  view.conditions.push_back(
      {key, name, name, "service", page ? Severity::critical : Severity::warning, objective.name,
       fmt::format("{} does not keep what is promised: {}", status.service.name, objective.name),
       objective.why, "", service_key(status.service)});
}

void of_agent(const core::Status& status, View& view) {
  if (!status.audit_broken.empty()) {
    view.conditions.push_back({"AuditChainBroken/audit", "AuditChainBroken", "AuditChainBroken", "agent",
                               Severity::warning, "audit", "the audit trail is not what was written",
                               status.audit_broken,
                               "until it is explained, what outrider did cannot be proven"});
  }
  if (!status.audit_trouble.empty() && status.audit_trouble != status.audit_broken) {
    view.conditions.push_back({"AuditWriteFailing/audit", "AuditWriteFailing", "AuditWriteFailing", "agent",
                               Severity::critical, "audit", "the audit trail cannot be written",
                               status.audit_trouble,
                               "nothing is restarted while the audit journal cannot be written"});
  }
  for (const core::RiverStatus& river : status.rivers) {
    if (river.turning) continue;
    view.conditions.push_back({"RiverNotTurning/" + river.name, "RiverNotTurning", "RiverNotTurning", "agent",
                               Severity::critical, river.name,
                               fmt::format("outrider's {} river does not turn", river.name),
                               fmt::format("for {}", core::show_duration(river.lag)),
                               "the agent itself hangs: take a core, then restart outrider"});
  }
}

// Several streams lead to one sink.
void of_sink(const core::StreamStatus& stream, View& view) {
  const auto is_told = [&](const std::string& key) {
    return std::ranges::find(view.conditions, key, &Condition::key) != view.conditions.end();
  };
  if (const std::string key = "SinkStalled/" + stream.sink; !stream.trouble.empty() && !is_told(key)) {
    view.conditions.push_back({key, "SinkStalled", "SinkStalled", "telemetry", Severity::warning, stream.sink,
                               fmt::format("{} takes nothing", stream.sink), stream.trouble,
                               "what waits is kept until its bound is reached"});
  }
  if (const std::string key = "OutriderRecordsParked/" + stream.sink; stream.parked > 0 && !is_told(key)) {
    view.conditions.push_back(
        {key, "OutriderRecordsParked", "OutriderRecordsParked", "telemetry", Severity::warning, stream.sink,
         fmt::format("{} refuses records for good", stream.sink), fmt::format("{} are parked", stream.parked),
         "outrider parked list says why; mend that, then outrider parked replay"});
  }
}

void of_telemetry(const core::Status& status, View& view) {
  for (const core::StreamStatus& stream : status.streams) of_sink(stream, view);
  for (const core::ScrapeStatus& scrape : status.scrapes) {
    if (scrape.up == Standing::unknown) view.unclear.push_back("ScrapeFailing/" + scrape.url);
    if (scrape.up != Standing::not_ok) continue;
    view.conditions.push_back({"ScrapeFailing/" + scrape.url, "ScrapeFailing", "ScrapeFailing", "telemetry",
                               Severity::warning, scrape.url, fmt::format("cannot scrape {}", scrape.url),
                               scrape.detail, "", service_key(status.service)});
  }
}

// ---- recovery: by what the judges call it

struct Page {
  std::string_view id;  // how it begins
  std::string_view runbook;
};
constexpr std::array pages{Page{"rpo.at_risk", "RpoAtRisk"},
                           Page{"rpo.", "RpoUnknown"},
                           Page{"archive.gap", "ArchiveGap"},
                           Page{"archive.disagrees", "ArchiveDisagrees"},
                           Page{"archive.", "ArchiveDamaged"},
                           Page{"backup.damaged", "ArchiveDamaged"},
                           Page{"archiver.", "ArchiveStalled"},
                           Page{"drill.", "DrillFailed"},
                           Page{"proof.standby", "ProofStandbyBroken"},
                           Page{"proof.", "ProofTooOld"},
                           Page{"slot.", "SlotFillsDisk"},
                           Page{"rto.", "RtoForecastBreach"}};

struct Explains {
  std::string_view cause, effect;  // how they begin
};
constexpr std::array explanations{Explains{"database.unseen", "archiver."},
                                  Explains{"database.unseen", "settings."},
                                  Explains{"database.unseen", "replica."},
                                  Explains{"database.unseen", "identity."},
                                  Explains{"database.unseen", "slot."},
                                  Explains{"database.unseen", "rpo."},
                                  Explains{"catalog.unread", "backup."},
                                  Explains{"catalog.unread", "archive."},
                                  Explains{"catalog.unread", "proof."},
                                  Explains{"catalog.unread", "rpo."},
                                  Explains{"archiver.stalled", "rpo."},
                                  Explains{"archiver.failing", "rpo."},
                                  Explains{"archiver.failing", "archiver.stalled"},
                                  Explains{"archiver.stalled", "archiver.backlog"},
                                  Explains{"archive.gap", "rpo."},
                                  Explains{"archive.broken", "rpo."},
                                  Explains{"archive.gap", "archive.broken"}};

std::string recovery_key(const core::Concern& concern) {
  return "Recovery/" + (concern.id.empty() ? concern.sentence : concern.id);
}

std::string cause_of(const core::Concern& effect, const std::vector<core::Concern>& all) {
  for (const Explains& rule : explanations) {
    if (!effect.id.starts_with(rule.effect)) continue;
    for (const core::Concern& other : all) {
      if (&other != &effect && other.id.starts_with(rule.cause)) return recovery_key(other);
    }
  }
  return {};
}

void of_recovery(const core::RecoveryStatus& recovery, View& view) {
  for (const core::Concern& concern : recovery.concerns) {
    if (concern.severity == Severity::unknown) view.unclear.emplace_back("Recovery/");
    if (concern.id == "recovery.unseen") continue;  // not yet
    const auto page =
        std::ranges::find_if(pages, [&](const Page& one) { return concern.id.starts_with(one.id); });
    const std::string runbook(page == pages.end() ? std::string_view() : page->runbook);
    view.conditions.push_back({recovery_key(concern), runbook.empty() ? "RecoveryConcern" : runbook, runbook,
                               "recovery", concern.severity, recovery.cluster, concern.sentence,
                               recovery.sentence, concern.next, cause_of(concern, recovery.concerns)});
  }
}

// What is under maintenance is expected to be down; its database's backups are not. In a time that matters
// more what would be a warning is critical.
void heed(const core::Season& season, Condition& condition) {
  if (!season.maintenance.empty() && (condition.component == "service" || condition.component == "probe"))
    condition.expected = "maintenance " + season.maintenance;
  if (!season.raised.empty() && condition.severity == Severity::warning)
    condition.severity = Severity::critical;
}

}  // namespace

View view_of(const core::Status& status) {
  View view;
  of_service(status, view);
  for (const core::ProbeStatus& probe : status.probes) of_probe(status, probe, view);
  for (const core::ObjectiveStatus& objective : status.objectives) of_objective(status, objective, view);
  of_agent(status, view);
  of_telemetry(status, view);
  if (status.recovery) of_recovery(*status.recovery, view);
  for (Condition& condition : view.conditions) heed(status.season, condition);
  for (const core::Event& event : status.timeline) {
    using enum core::EventKind;
    if (event.kind == decision || event.kind == action || event.kind == operator_command)
      view.deeds.push_back(event);
  }
  return view;
}

std::vector<std::string> roots_of(const std::vector<Condition>& conditions) {
  std::vector<std::string> roots;
  roots.reserve(conditions.size());
  for (const Condition& condition : conditions) {
    const Condition* at = &condition;
    for (std::size_t step = 0; step < conditions.size(); ++step) {
      const auto up = std::ranges::find(conditions, at->cause, &Condition::key);
      if (at->cause.empty() || up == conditions.end()) break;
      at = &*up;
      if (at == &condition) break;
    }
    // After so many steps that are still steps it is a circle.
    const bool ends = std::ranges::find(conditions, at->cause, &Condition::key) == conditions.end();
    roots.push_back(at == &condition || !ends ? std::string() : at->key);
  }
  return roots;
}

}  // namespace outrider::alert
