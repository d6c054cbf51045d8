#include "agent/slo/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::slo {

using namespace std::chrono_literals;

namespace {

config::Kind<std::optional<RequestSettings>> requests_kind() {
  using Wanted = std::optional<RequestSettings>;
  const auto names = config::list_of(config::text_matching(1, 200), 1, 100);
  const config::Kind<RequestSettings> chosen =
      config::Object<RequestSettings>()
          .optional("services", &RequestSettings::services, names,
                    "whose requests count; left out, those of this service")
          .optional("operations", &RequestSettings::operations, names,
                    "which of them, as their spans are called; left out, all");
  const std::function<Wanted(bool)> all = [](bool is_wanted) {
    return is_wanted ? Wanted(RequestSettings()) : std::nullopt;
  };
  const std::function<Wanted(RequestSettings)> some = [](RequestSettings written) {
    return Wanted(std::move(written));
  };
  return config::either(config::yes_or_no().as<Wanted>(all), chosen.as<Wanted>(some));
}

std::optional<config::Complaint> judge(const ObjectiveSettings& objective) {
  if (objective.probe.empty() && !objective.requests)
    return config::Complaint{"", "an objective counts either `probe` or `requests`, and this one neither"};
  if (!objective.probe.empty() && objective.requests)
    return config::Complaint{"requests", "an objective counts either `probe` or `requests`, and not both"};
  return std::nullopt;
}

std::string subject_of(const ObjectiveSettings& settings) {
  if (!settings.requests) return settings.probe;
  const RequestSettings& requests = *settings.requests;
  std::string subject = "requests";
  for (const std::string& service : requests.services) subject += " " + service;
  for (const std::string& operation : requests.operations) subject += " " + operation;
  return subject;
}

}  // namespace

config::Kind<Settings> settings_kind() {
  config::Object<ObjectiveSettings> objective;
  objective
      .optional("probe", &ObjectiveSettings::probe, config::text_matching(1, 128),
                "the probe of `health.probes` whose answers count")
      .optional("requests", &ObjectiveSettings::requests, requests_kind(),
                "the requests of the service count, by their spans: needs `traces.listen`")
      .optional("target", &ObjectiveSettings::target, config::number(50, 99.999),
                "how many answers of a hundred are to be good")
      .optional("over", &ObjectiveSettings::over, config::duration(24h, 24h * 90),
                "the period that the error budget is for")
      .optional("faster_than", &ObjectiveSettings::faster_than, config::duration(1ms, 1min),
                "an answer that takes longer is not good; left out, any that is ok is")
      .rule(judge);
  return config::map_of(config::Kind<ObjectiveSettings>(objective), config::Names::slug);
}

Objective objective_of(const std::string& name, const ObjectiveSettings& settings, core::Duration every) {
  return {name,  subject_of(settings), settings.requests.has_value(), settings.target / 100, settings.over,
          every, settings.faster_than};
}

std::vector<tracing::RequestRule> requests_of(const Settings& settings, const std::string& own_service) {
  std::vector<tracing::RequestRule> rules;
  for (const auto& [name, objective] : settings) {
    if (!objective.requests) continue;
    tracing::RequestRule rule{name, objective.requests->services, objective.requests->operations,
                              objective.faster_than};
    if (rule.services.empty()) rule.services.push_back(own_service);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace outrider::slo
