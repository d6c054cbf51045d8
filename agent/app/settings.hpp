// The whole configuration as the program sees it: what each room declares of its own section, put together.
// The declaration reads the YAML, makes the JSON Schema and holds every key's help; nothing else lists the
// keys.
#pragma once

#include "agent/alert/settings.hpp"
#include "agent/api/rights/people.hpp"
#include "agent/config/kind.hpp"
#include "agent/core/log.hpp"
#include "agent/core/resource.hpp"
#include "agent/health/calendar/settings.hpp"
#include "agent/health/settings.hpp"
#include "agent/incident/settings.hpp"
#include "agent/net/server.hpp"
#include "agent/pipeline/settings.hpp"
#include "agent/recovery/settings.hpp"
#include "agent/slo/settings.hpp"
#include "agent/supervise/settings.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::app {

struct ApiSettings {
  std::string listen = "127.0.0.1:9465";      // empty: not on TCP
  std::string socket = "/run/outrider.sock";  // empty: no socket
  std::optional<net::TlsFiles> tls;
  api::People people;                            // empty: nobody is listed
  api::Role socket_role = api::Role::commander;  // of whoever may open the socket and is not listed
  bool open_to_look = true;

  api::Rights rights() const { return {people, socket_role, open_to_look}; }
};

struct MetricsSettings {
  std::string listen = "127.0.0.1:9464";  // empty: nobody can scrape us
  std::optional<net::TlsFiles> tls;
  std::vector<sources::MetricSourceMaker> sources;
  std::vector<sources::HeardPlan> read;
  std::vector<sinks::MetricPlan> send_to;
  pipeline::SpoolSettings spool;  // of what is sent
};

struct HealthSettings {
  std::vector<std::pair<std::string, health::ProbeSettings>> probes;  // by name, in the order of the document
  core::Duration warm_up = std::chrono::seconds(30);
  std::string time_zone = "UTC";
  std::vector<health::MaintenanceWindow> maintenance;
  std::vector<health::Occasion> occasions;
  std::optional<supervise::Settings> restart;  // nothing: watched, not supervised
};

struct Settings {
  core::Resource service;  // `host`, and `instance` when it is empty, are for app to fill
  std::string state = "/var/lib/outrider";
  core::Level log_level = core::Level::info;
  ApiSettings api;
  MetricsSettings metrics;
  pipeline::LogSettings logs;
  pipeline::TraceSettings traces;
  HealthSettings health;
  slo::Settings slo;
  incident::Settings incidents;
  std::optional<recovery::Settings> recovery;  // nothing: no database is watched
  std::optional<alert::Settings> notify;       // nothing: nobody is told of anything
};

// The root of the configuration, with every entry of the shelves.
config::Kind<Settings> settings_kind();

}  // namespace outrider::app
