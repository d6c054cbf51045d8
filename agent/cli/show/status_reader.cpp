#include "agent/cli/show/status_reader.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"

#include <array>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;

const json::object& part(const json::object& of, std::string_view key) {
  static const json::object none;
  const auto* const value = of.if_contains(key);
  const auto* const object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? none : *object;
}

std::string text(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  const auto* const string = value == nullptr ? nullptr : value->if_string();
  return string == nullptr ? std::string() : std::string(string->data(), string->size());
}

double number(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  return value->to_number<double>();
}

std::uint64_t whole(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  if (value == nullptr) return 0;
  if (const auto* const unsigned_value = value->if_uint64()) return *unsigned_value;
  const auto* const signed_value = value->if_int64();
  return signed_value == nullptr || *signed_value < 0 ? 0 : static_cast<std::uint64_t>(*signed_value);
}

bool yes(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<core::WallTime> time(const json::object& of, std::string_view key) {
  return core::read_time(text(of, key));
}

core::Duration seconds(const json::object& of, std::string_view key) {
  const double length = number(of, key);
  if (!(std::abs(length) < 9e9)) return {};
  return core::Duration(std::llround(length * 1e9));
}

core::State state(const json::object& of, std::string_view key) {
  const std::string word = text(of, key);
  if (word == "healthy") return core::State::healthy;
  return word == "sick" ? core::State::sick : core::State::unknown;
}

core::Standing standing(const json::object& of, std::string_view key) {
  const std::string word = text(of, key);
  if (word == "ok") return core::Standing::ok;
  return word == "not_ok" ? core::Standing::not_ok : core::Standing::unknown;
}

template <class Item, class Read>
std::vector<Item> list(const json::object& of, std::string_view key, Read read) {
  std::vector<Item> items;
  const auto* const value = of.if_contains(key);
  const auto* const array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return items;
  for (const auto& element : *array) {
    if (const auto* const object = element.if_object()) items.push_back(read(*object));
  }
  return items;
}

std::vector<std::string> texts(const json::object& of, std::string_view key) {
  std::vector<std::string> all;
  const auto* const value = of.if_contains(key);
  const auto* const array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return all;
  for (const auto& element : *array) {
    if (const auto* const one = element.if_string()) all.emplace_back(*one);
  }
  return all;
}

core::ServiceStatus read_service(const json::object& from) {
  core::ServiceStatus service;
  const json::object& budget = part(from, "restart_budget");
  service.name = text(from, "name");
  service.phase = text(from, "phase");
  service.pid = static_cast<std::int64_t>(whole(from, "pid"));
  service.since = time(from, "since").value_or(core::WallTime{});
  service.state = state(from, "state");
  service.why = text(from, "why");
  service.readiness = state(from, "readiness");
  service.not_ready_because = text(from, "not_ready_because");
  service.saturated = yes(from, "saturated");
  service.causes = texts(from, "causes");
  service.restarts_total = whole(from, "restarts_total");
  service.budget = static_cast<std::uint32_t>(whole(budget, "limit"));
  service.budget_left = static_cast<std::uint32_t>(whole(budget, "left"));
  service.budget_text = text(budget, "text");
  service.rung = text(from, "rung");
  service.last_exit = text(from, "last_exit");
  service.last_decision = text(from, "last_decision");
  service.next_attempt = time(from, "next_attempt");
  service.last_restart = time(from, "last_restart");
  service.last_restart_reason = text(from, "last_restart_reason");
  service.last_restart_was_asked = yes(from, "last_restart_was_asked");
  service.incident = text(from, "incident");
  return service;
}

core::IncidentStatus read_incident_status(const json::object& from) {
  core::IncidentStatus incident;
  incident.id = text(from, "id");
  incident.kind = text(from, "kind");
  incident.title = text(from, "title");
  incident.opened = time(from, "opened").value_or(core::WallTime{});
  incident.closed = time(from, "closed");
  incident.conclusion = text(from, "conclusion");
  incident.deaths = whole(from, "deaths");
  return incident;
}

core::ProbeStatus read_probe(const json::object& from) {
  core::ProbeStatus probe;
  probe.name = text(from, "name");
  probe.kind = text(from, "kind");
  probe.target = text(from, "target");
  probe.last = standing(from, "last");
  probe.detail = text(from, "detail");
  probe.took = seconds(from, "took_seconds");
  probe.asked = time(from, "asked").value_or(core::WallTime{});
  probe.state = state(from, "state");
  probe.why = text(from, "why");
  probe.dependency = yes(from, "dependency");
  probe.asked_total = whole(from, "asked_total");
  probe.role = text(from, "role");
  return probe;
}

core::StreamStatus read_stream(const json::object& from) {
  return {text(from, "source"),   text(from, "sink"),       whole(from, "read"),   whole(from, "delivered"),
          whole(from, "dropped"), whole(from, "in_flight"), text(from, "trouble"), whole(from, "parked")};
}

core::ScrapeStatus read_scrape(const json::object& from) {
  return {text(from, "url"), standing(from, "up"), text(from, "detail"), whole(from, "series"),
          time(from, "scraped").value_or(core::WallTime{})};
}

core::ObjectiveStatus read_objective(const json::object& from) {
  return {text(from, "name"),           text(from, "probe"),
          number(from, "target"),       seconds(from, "period_seconds"),
          state(from, "state"),         text(from, "urgency"),
          number(from, "budget_left"),  number(from, "seen"),
          number(from, "burn_rate_1h"), text(from, "why")};
}

core::RiverStatus read_river(const json::object& from) {
  return {text(from, "name"), seconds(from, "lag_seconds"), yes(from, "turning")};
}

core::RecoveryFigure read_figure(const json::object& from) {
  return {text(from, "name"), text(from, "value"), text(from, "how")};
}

core::Concern read_concern(const json::object& from) {
  core::Concern concern{core::Severity::unknown, text(from, "sentence"), text(from, "next")};
  for (const auto severity : {core::Severity::fine, core::Severity::warning, core::Severity::critical}) {
    if (text(from, "severity") == core::name_of(severity)) concern.severity = severity;
  }
  return concern;
}

std::optional<core::RecoveryStatus> read_recovery(const json::object& from) {
  const auto* known = from.if_contains("recovery");
  if (known == nullptr || !known->is_object()) return std::nullopt;
  const json::object& body = known->as_object();
  core::RecoveryStatus recovery;
  recovery.cluster = text(body, "cluster");
  recovery.sentence = text(body, "sentence");
  recovery.forecast = text(body, "forecast");
  recovery.last_drill = text(body, "last_drill");
  recovery.proof_standby = text(body, "proof_standby");
  recovery.figures = list<core::RecoveryFigure>(body, "figures", read_figure);
  recovery.concerns = list<core::Concern>(body, "concerns", read_concern);
  return recovery;
}

core::OperationStatus read_operation(const json::object& from) {
  return {text(from, "service"),
          text(from, "name"),
          text(from, "kind"),
          whole(from, "calls"),
          whole(from, "failed"),
          seconds(from, "half_within_seconds"),
          seconds(from, "most_within_seconds")};
}

core::KeptTraceStatus read_kept_trace(const json::object& from) {
  return {text(from, "trace_id"),
          text(from, "service"),
          text(from, "name"),
          time(from, "came").value_or(core::WallTime{}),
          seconds(from, "took_seconds"),
          yes(from, "failed")};
}

std::optional<core::TracesStatus> read_traces(const json::object& from) {
  const auto* const known = from.if_contains("traces");
  if (known == nullptr || !known->is_object()) return std::nullopt;
  const json::object& body = known->as_object();
  return core::TracesStatus{
      seconds(body, "covers_seconds"), list<core::OperationStatus>(body, "operations", read_operation),
      list<core::KeptTraceStatus>(body, "kept", read_kept_trace), whole(body, "waiting"), text(body, "link")};
}

core::NotifierStatus read_notifier(const json::object& from) {
  return {text(from, "name"),       text(from, "target"),  whole(from, "waiting"),
          whole(from, "delivered"), text(from, "trouble"), time(from, "last_delivered")};
}

// Of alerts only what weighs upon the verdict: `outrider alert list` shows the rest.
std::optional<core::AlertsStatus> read_alerts(const json::object& from) {
  const auto* const known = from.if_contains("alerts");
  if (known == nullptr || !known->is_object()) return std::nullopt;
  core::AlertsStatus alerts;
  alerts.notifiers = list<core::NotifierStatus>(known->as_object(), "notifiers", read_notifier);
  return alerts;
}

}  // namespace

core::Event read_event(const json::object& from) {
  using enum core::EventKind;
  constexpr std::array kinds{
      lifecycle, core::EventKind::probe,    health,      decision, action, config, operator_command,
      trouble,   core::EventKind::incident, notification};
  core::Event event;
  event.sequence = whole(from, "sequence");
  event.wall = time(from, "time").value_or(core::WallTime{});
  event.subject = text(from, "subject");
  event.sentence = text(from, "sentence");
  const std::string kind = text(from, "kind");
  for (const core::EventKind known : kinds) {
    if (core::name_of(known) == kind) event.kind = known;
  }
  return event;
}

core::Outcome<core::Status> read_status(const json::object& from) {
  const std::uint64_t schema = whole(from, "schema");
  if (schema != 1) {
    return core::fail(core::Errc::unsupported, fmt::format("cannot read a status of schema {}", schema),
                      "this command knows schema 1: use the outrider that belongs to the agent");
  }
  const json::object& of = part(from, "service");
  const json::object& agent = part(from, "agent");
  core::Status status;
  status.resource = {text(of, "name"),        text(of, "namespace"), text(of, "version"),
                     text(of, "environment"), text(of, "instance"),  text(of, "host")};
  status.agent = {static_cast<std::int64_t>(whole(agent, "pid")), whole(agent, "resident_bytes"),
                  whole(agent, "open_descriptors"), number(agent, "cpu_seconds")};
  status.agent_version = text(agent, "version");
  status.now = time(from, "time").value_or(core::WallTime{});
  status.started = time(agent, "started").value_or(core::WallTime{});
  status.sentence = text(from, "sentence");
  status.state = state(from, "state");
  status.ready = yes(from, "ready");
  status.not_ready_because = text(from, "not_ready_because");
  status.service = read_service(part(from, "supervised"));
  const json::object& season = part(from, "season");
  status.season = {text(season, "maintenance"), text(season, "frozen"), text(season, "raised")};
  status.incidents = list<core::IncidentStatus>(from, "incidents", read_incident_status);
  status.probes = list<core::ProbeStatus>(from, "probes", read_probe);
  status.objectives = list<core::ObjectiveStatus>(from, "objectives", read_objective);
  status.streams = list<core::StreamStatus>(from, "streams", read_stream);
  status.scrapes = list<core::ScrapeStatus>(from, "scrapes", read_scrape);
  status.traces = read_traces(from);
  status.recovery = read_recovery(from);
  status.alerts = read_alerts(from);
  status.rivers = list<core::RiverStatus>(from, "rivers", read_river);
  status.timeline = list<core::Event>(from, "timeline", read_event);
  status.config_path = text(agent, "config_path");
  status.config_hash = text(agent, "config_hash");
  status.audit_entries = whole(part(from, "audit"), "entries");
  status.audit_trouble = text(part(from, "audit"), "trouble");
  status.audit_broken = text(part(from, "audit"), "broken");
  return status;
}

}  // namespace outrider::cli
