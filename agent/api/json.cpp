#include "agent/api/json.hpp"

#include "agent/api/alert/alerts.hpp"
#include "agent/core/concerns.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <boost/json/array.hpp>

namespace outrider::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view words) { return json::string(core::clean_utf8(words)); }

json::array texts(const std::vector<std::string>& all) {
  json::array list;
  for (const std::string& one : all) list.push_back(text(one));
  return list;
}

json::value time_or_null(core::WallTime time) {
  if (time == core::WallTime{}) return nullptr;
  return json::string(core::show_time(time));
}

json::value time_or_null(const std::optional<core::WallTime>& time) {
  if (!time) return nullptr;
  return time_or_null(*time);
}

template <class Number>
json::value number_or_null(Number number) {
  if (number == Number{}) return nullptr;
  return json::value(number);
}

json::object of(const core::Resource& resource) {
  return {{"name", text(resource.service)},      {"namespace", text(resource.namespace_)},
          {"version", text(resource.version)},   {"environment", text(resource.environment)},
          {"instance", text(resource.instance)}, {"host", text(resource.host)}};
}

json::object of(const core::ServiceStatus& service) {
  json::object budget{
      {"text", text(service.budget_text)}, {"limit", service.budget}, {"left", service.budget_left}};
  return {{"name", text(service.name)},
          {"phase", text(service.phase)},
          {"pid", number_or_null(service.pid)},
          {"since", time_or_null(service.since)},
          {"state", core::name_of(service.state)},
          {"why", text(service.why)},
          {"readiness", core::name_of(service.readiness)},
          {"not_ready_because", text(service.not_ready_because)},
          {"saturated", service.saturated},
          {"causes", texts(service.causes)},
          {"restarts_total", service.restarts_total},
          {"restart_budget", std::move(budget)},
          {"rung", text(service.rung)},
          {"last_exit", text(service.last_exit)},
          {"last_decision", text(service.last_decision)},
          {"last_restart", time_or_null(service.last_restart)},
          {"last_restart_reason", text(service.last_restart_reason)},
          {"last_restart_was_asked", service.last_restart_was_asked},
          {"incident", text(service.incident)},
          {"next_attempt", time_or_null(service.next_attempt)}};
}

json::object of(const core::IncidentStatus& incident) {
  return {{"id", text(incident.id)},
          {"kind", text(incident.kind)},
          {"title", text(incident.title)},
          {"opened", time_or_null(incident.opened)},
          {"closed", incident.closed ? time_or_null(*incident.closed) : nullptr},
          {"conclusion", text(incident.conclusion)},
          {"deaths", incident.deaths}};
}

json::object of(const core::ProbeStatus& probe) {
  const bool asked = probe.asked_total > 0;
  return {{"name", text(probe.name)},
          {"kind", text(probe.kind)},
          {"target", text(probe.target)},
          {"last", core::name_of(probe.last)},
          {"detail", text(probe.detail)},
          {"took_seconds", asked ? json::value(core::to_seconds(probe.took)) : json::value(nullptr)},
          {"asked", time_or_null(probe.asked)},
          {"asked_total", probe.asked_total},
          {"state", core::name_of(probe.state)},
          {"why", text(probe.why)},
          {"dependency", probe.dependency},
          {"role", text(probe.role)}};
}

json::object of(const core::StreamStatus& stream) {
  return {{"source", text(stream.source)},   {"sink", text(stream.sink)}, {"read", stream.read},
          {"delivered", stream.delivered},   {"dropped", stream.dropped}, {"in_flight", stream.in_flight},
          {"trouble", text(stream.trouble)}, {"parked", stream.parked}};
}

json::object of(const core::ScrapeStatus& scrape) {
  return {{"url", text(scrape.url)},
          {"up", core::name_of(scrape.up)},
          {"detail", text(scrape.detail)},
          {"series", scrape.series},
          {"scraped", time_or_null(scrape.scraped)}};
}

json::object of(const core::ObjectiveStatus& objective) {
  return {{"name", text(objective.name)},
          {"probe", text(objective.probe)},
          {"target", objective.target},
          {"period_seconds", core::to_seconds(objective.period)},
          {"state", core::name_of(objective.state)},
          {"urgency", text(objective.urgency)},
          {"budget_left", objective.budget_left},
          {"seen", objective.seen},
          {"burn_rate_1h", objective.fastest_burn},
          {"why", text(objective.why)}};
}

json::object of(const core::RiverStatus& river) {
  return {
      {"name", text(river.name)}, {"turning", river.turning}, {"lag_seconds", core::to_seconds(river.lag)}};
}

json::object of_agent(const core::Status& status) {
  return {{"version", text(status.agent_version)},
          {"started", time_or_null(status.started)},
          {"pid", number_or_null(status.agent.pid)},
          {"resident_bytes", number_or_null(status.agent.resident_bytes)},
          {"open_descriptors", number_or_null(status.agent.open_descriptors)},
          {"cpu_seconds", number_or_null(status.agent.cpu_seconds)},
          {"config_path", text(status.config_path)},
          {"config_hash", text(status.config_hash)}};
}

json::value of_recovery(const core::Status& status) {
  if (!status.recovery) return nullptr;
  const core::RecoveryStatus& known = *status.recovery;
  json::array figures, concerns;
  for (const auto& figure : known.figures) {
    figures.push_back(
        json::object{{"name", text(figure.name)}, {"value", text(figure.value)}, {"how", text(figure.how)}});
  }
  for (const auto& concern : known.concerns) {
    concerns.push_back(json::object{{"severity", core::name_of(concern.severity)},
                                    {"sentence", text(concern.sentence)},
                                    {"next", text(concern.next)}});
  }
  return json::object{{"cluster", text(known.cluster)},
                      {"sentence", text(known.sentence)},
                      {"forecast", text(known.forecast)},
                      {"last_drill", text(known.last_drill)},
                      {"proof_standby", text(known.proof_standby)},
                      {"figures", std::move(figures)},
                      {"concerns", std::move(concerns)}};
}

json::value of_traces(const core::Status& status) {
  if (!status.traces) return nullptr;
  const core::TracesStatus& known = *status.traces;
  json::array operations, kept;
  for (const auto& one : known.operations) {
    operations.push_back(json::object{{"service", text(one.service)},
                                      {"name", text(one.name)},
                                      {"kind", text(one.kind)},
                                      {"calls", one.calls},
                                      {"failed", one.failed},
                                      {"half_within_seconds", core::to_seconds(one.half)},
                                      {"most_within_seconds", core::to_seconds(one.most)}});
  }
  for (const auto& one : known.kept) {
    kept.push_back(json::object{{"trace_id", text(one.id)},
                                {"service", text(one.service)},
                                {"name", text(one.name)},
                                {"came", time_or_null(one.came)},
                                {"took_seconds", core::to_seconds(one.took)},
                                {"failed", one.failed}});
  }
  return json::object{{"covers_seconds", core::to_seconds(known.covers)},
                      {"operations", std::move(operations)},
                      {"kept", std::move(kept)},
                      {"waiting", known.waiting},
                      {"link", text(known.link)}};
}

template <class Item>
json::array each(const std::vector<Item>& items) {
  json::array array;
  array.reserve(items.size());
  for (const Item& item : items) {
    if constexpr (std::is_same_v<Item, core::Event>) {
      array.push_back(to_json(item));
    } else {
      array.push_back(of(item));
    }
  }
  return array;
}

}  // namespace

json::object to_json(const core::Event& event) {
  return {{"sequence", event.sequence},
          {"time", time_or_null(event.wall)},
          {"kind", core::name_of(event.kind)},
          {"subject", text(event.subject)},
          {"sentence", text(event.sentence)}};
}

json::object to_json(const NeighbourWord& word) {
  return {{"schema", schema_version},
          {"service", text(word.service)},
          {"standing", core::name_of(word.standing)},
          {"why", text(word.why)},
          {"causes", texts(word.causes)},
          {"age_seconds", word.age ? json::value(core::to_seconds(*word.age)) : json::value(nullptr)}};
}

json::object to_json(const core::Status& status) {
  return {{"schema", schema_version},
          {"time", time_or_null(status.now)},
          {"state", core::name_of(status.state)},
          {"severity", core::name_of(core::severity_of(status))},
          {"sentence", text(status.sentence)},
          {"ready", status.ready},
          {"not_ready_because", text(status.not_ready_because)},
          {"service", of(status.resource)},
          {"supervised", of(status.service)},
          {"season",
           {{"maintenance", text(status.season.maintenance)},
            {"frozen", text(status.season.frozen)},
            {"raised", text(status.season.raised)}}},
          {"incidents", each(status.incidents)},
          {"probes", each(status.probes)},
          {"objectives", each(status.objectives)},
          {"streams", each(status.streams)},
          {"scrapes", each(status.scrapes)},
          {"traces", of_traces(status)},
          {"recovery", of_recovery(status)},
          {"alerts", alerts_json(status.alerts)},
          {"rivers", each(status.rivers)},
          {"audit",
           {{"entries", status.audit_entries},
            {"trouble", text(status.audit_trouble)},
            {"broken", text(status.audit_broken)}}},
          {"agent", of_agent(status)},
          {"timeline", each(status.timeline)}};
}

}  // namespace outrider::api
