#include "agent/app/settings.hpp"

#include "agent/actuators/shelf.hpp"
#include "agent/api/rights/settings.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/tls_files.hpp"
#include "agent/probes/shelf.hpp"

#include <algorithm>

namespace outrider::app {
namespace {

config::Kind<core::Resource> service_kind() {
  const auto word = config::text_matching(1, 128);
  return config::Object<core::Resource>()
      .required("name", &core::Resource::service, word, "what the service is called, in every signal")
      .optional("namespace", &core::Resource::namespace_, word, "the group of services it belongs to")
      .optional("environment", &core::Resource::environment, word, "production, staging, …")
      .optional("version", &core::Resource::version, word, "the version of the service that runs")
      .optional("instance", &core::Resource::instance, word,
                "tells replicas apart; the host's name when left out");
}

struct LogSection {
  core::Level level = core::Level::info;
};

config::Kind<core::Level> log_kind() {
  const auto levels = config::choice<core::Level>({{"debug", core::Level::debug},
                                                   {"info", core::Level::info},
                                                   {"warn", core::Level::warn},
                                                   {"error", core::Level::error}});
  const std::function<core::Level(LogSection)> to_level = [](LogSection section) { return section.level; };
  return config::Object<LogSection>()
      .optional("level", &LogSection::level, levels, "the least that outrider's own log tells")
      .kind()
      .as<core::Level>(to_level);
}

template <class Section>
std::optional<config::Complaint> tls_without_listener(const Section& section) {
  if (!section.tls || !section.listen.empty()) return std::nullopt;
  return config::Complaint{"tls", "`tls` has nothing to protect: `listen` is none"};
}

bool only_from_here(const std::string& listen) {
  return listen.empty() || listen.starts_with("127.") || listen.starts_with("localhost:") ||
         listen.starts_with("[::1]:");
}

std::optional<config::Complaint> token_in_the_clear(const ApiSettings& settings) {
  if (settings.tls || only_from_here(settings.listen)) return std::nullopt;
  for (const auto& [name, person] : settings.people) {
    if (person.token_sha256.empty()) continue;
    return config::Complaint{
        "people", "the token of `" + name +
                      "` would cross the network for all to read: give `tls`, or listen on 127.0.0.1"};
  }
  return std::nullopt;
}

config::Kind<ApiSettings> api_kind() {
  return config::Object<ApiSettings>()
      .optional("listen", &ApiSettings::listen, config::or_none(config::endpoint()),
                "where the API and the status page answer; none: not on TCP")
      .optional("socket", &ApiSettings::socket, config::or_none(config::path()),
                "the Unix socket that the command line uses; none: no socket")
      .optional("tls", &ApiSettings::tls, config::tls_files<net::TlsFiles>(), "serve `listen` over TLS")
      .optional("people", &ApiSettings::people, api::people_kind(), "who may do what, each under a name")
      .optional("socket_role", &ApiSettings::socket_role, api::role_kind(),
                "the role of whoever may open the socket and is not among `people`")
      .optional("look", &ApiSettings::open_to_look, api::looking_kind(),
                "who may see the status page without saying who they are; people: nobody")
      .rule(tls_without_listener<ApiSettings>)
      .rule(token_in_the_clear);
}

std::optional<config::Complaint> destination_twice(const MetricsSettings& metrics) {
  return pipeline::same_destination(metrics.send_to);
}

config::Kind<MetricsSettings> metrics_kind() {
  return config::Object<MetricsSettings>()
      .optional("listen", &MetricsSettings::listen, config::or_none(config::endpoint()),
                "where Prometheus finds /metrics: the service's series and outrider's own; none: nowhere")
      .optional("tls", &MetricsSettings::tls, config::tls_files<net::TlsFiles>(), "serve `listen` over TLS")
      .any_of(&MetricsSettings::sources, pipeline::metric_keys())
      .optional("read", &MetricsSettings::read, pipeline::heard_kind(),
                "what services send by themselves, shown on the page beside the rest")
      .any_of(&MetricsSettings::send_to, pipeline::sample_keys())
      .optional("spool", &MetricsSettings::spool, pipeline::sample_spool_kind(),
                "samples wait on the disk for those that they are sent to")
      .rule(tls_without_listener<MetricsSettings>)
      .rule(destination_twice);
}

config::Kind<HealthSettings> health_kind() {
  probes::Shelf probes;
  probes::fill(probes);
  actuators::Shelf actuators;
  actuators::fill(actuators);
  leases::Shelf leases;
  leases::fill(leases);
  config::Object<HealthSettings> health;
  health
      .optional("probes", &HealthSettings::probes,
                config::map_of(health::probe_kind(probes), config::Names::slug),
                "questions that say whether the service is well, each under a name of your choice")
      .optional("warm_up", &HealthSettings::warm_up, health::warm_up_kind(),
                "failures so soon after a start are not held against the service")
      .optional("time_zone", &HealthSettings::time_zone, health::zone_kind(),
                "by whose clocks the windows and the calendar are written: Europe/Berlin; UTC when left out")
      .optional("maintenance", &HealthSettings::maintenance, health::maintenance_kind(),
                "windows in which nothing is done by itself")
      .optional("calendar", &HealthSettings::occasions, health::occasions_kind(),
                "days on which actions are frozen, or what is told weighs more")
      .optional("restart", &HealthSettings::restart, supervise::restart_kind(actuators, leases),
                "what to run, and how it may be restarted; left out, the service is only watched");
  return health;
}

config::Kind<std::optional<recovery::Settings>> recovery_kind() {
  catalogs::Shelf catalogs;
  catalogs::fill(catalogs);
  const std::function<std::optional<recovery::Settings>(recovery::Settings)> some =
      [](recovery::Settings settings) { return std::optional<recovery::Settings>(std::move(settings)); };
  return recovery::settings_kind(catalogs).as<std::optional<recovery::Settings>>(some);
}

config::Kind<alert::Settings> notify_kind() {
  notifiers::Shelf notifiers;
  notifiers::fill(notifiers);
  return alert::settings_kind(notifiers);
}

std::optional<config::Complaint> same_address(const Settings& settings) {
  const std::string& address = settings.api.listen;
  if (address.empty() || address != settings.metrics.listen || address.ends_with(":0")) return std::nullopt;
  const bool metrics_written = address != MetricsSettings().listen;
  return config::Complaint{
      metrics_written ? "metrics.listen" : "api.listen",
      "`api.listen` and `metrics.listen` are both " + address + "; give each a port of its own"};
}

// What is listened for at one address is heard by one listener.
std::optional<config::Complaint> heard_otherwise(const Settings& settings) {
  std::vector<std::pair<std::string, const sources::ListenPlan*>> heard;
  for (const auto& read : settings.logs.read) {
    if (read.source.listen) heard.emplace_back("logs.read", &*read.source.listen);
  }
  for (const auto& read : settings.metrics.read) heard.emplace_back("metrics.read", &read.listen);
  if (settings.traces.listen) heard.emplace_back("traces.listen", &*settings.traces.listen);
  for (auto later = heard.begin(); later != heard.end(); ++later) {
    for (auto earlier = heard.begin(); earlier != later; ++earlier) {
      const auto why = sources::conflict(*later->second, *earlier->second);
      if (why) return config::Complaint{later->first, "`" + earlier->first + "` listens there, too: " + *why};
    }
  }
  return std::nullopt;
}

std::optional<config::Complaint> promise_without_probe(const Settings& settings) {
  for (const auto& [name, promise] : settings.slo) {
    if (promise.requests && !settings.traces.listen)
      return config::Complaint{
          "slo." + name + ".requests",
          "`requests` are counted by their spans, and no spans come in: `traces.listen` is missing"};
    if (promise.requests) continue;
    const auto asks = [&promise](const auto& probe) { return probe.first == promise.probe; };
    if (std::ranges::any_of(settings.health.probes, asks)) continue;
    return config::Complaint{"slo." + name + ".probe", "`health.probes` has no probe `" + promise.probe +
                                                           "` whose answers could count"};
  }
  return std::nullopt;
}

std::optional<config::Complaint> follows_nothing(const Settings& settings) {
  if (!settings.logs.follow) return std::nullopt;
  const char* const key = "logs.follow_traces";
  if (!settings.traces.listen || !settings.traces.sample)
    return config::Complaint{key,
                             "`follow_traces` waits for what is decided of traces, and nothing is decided of "
                             "them: `traces.sample` is missing"};
  if (settings.logs.follow->wait > settings.traces.sample->at_most) return std::nullopt;
  return config::Complaint{key,
                           "`follow_traces.wait` must be longer than `traces.sample.at_most`: a trace may be "
                           "judged as late as that"};
}

std::optional<config::Complaint> child_without_restart(const Settings& settings) {
  if (settings.health.restart) return std::nullopt;
  for (const auto& read : settings.logs.read) {
    for (const auto& stream : read.source.streams) {
      if (!stream.starts_with("child ")) continue;
      return config::Complaint{"logs.read",
                               "`logs.read` reads what a child writes, and `health.restart` names no child"};
    }
  }
  return std::nullopt;
}

}  // namespace

config::Kind<Settings> settings_kind() {
  return config::Object<Settings>()
      .required("service", &Settings::service, service_kind(), "who this service is")
      .optional("state", &Settings::state, config::path(),
                "the directory where outrider keeps its audit journal and incidents")
      .optional("log", &Settings::log_level, log_kind(), "outrider's own log, JSON lines on stderr")
      .optional("api", &Settings::api, api_kind(), "how people and programs talk to outrider")
      .optional("metrics", &Settings::metrics, metrics_kind(),
                "metrics: read from the service, served to Prometheus")
      .optional("logs", &Settings::logs, pipeline::logs_kind(), "the service's logs: from where, to where")
      .optional("traces", &Settings::traces, pipeline::traces_kind(),
                "the service's traces: where its spans come in, and where they go")
      .optional("health", &Settings::health, health_kind(),
                "when the service is well, and what to do when not")
      .optional(
          "slo", &Settings::slo, slo::settings_kind(),
          "what is promised of the service: how many answers of a probe, or how many requests, are good")
      .optional("incidents", &Settings::incidents, incident::settings_kind(),
                "what is recorded of the service, and kept when something goes wrong with it")
      .optional("recovery", &Settings::recovery, recovery_kind(),
                "how a database's backups are watched and tried")
      .optional("notify", &Settings::notify, notify_kind(), "who is told of alerts, and when")
      .rule(same_address)
      .rule(heard_otherwise)
      .rule(promise_without_probe)
      .rule(follows_nothing)
      .rule(child_without_restart);
}

}  // namespace outrider::app
