#include "agent/app/start/actions.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/evidence_actions.hpp"
#include "agent/app/start/explain_action.hpp"
#include "agent/app/start/notify_action.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/app/start/recovery_actions.hpp"
#include "agent/app/start/rehearse_action.hpp"
#include "agent/app/start/setup_action.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/net/client.hpp"
#include "agent/os/clock.hpp"
#include "agent/ui/incident/incident_page.hpp"

#include <cstdio>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace outrider::app {
namespace {

core::Error refusal(const config::Report& report) { return {core::Errc::invalid, report.text()}; }

int run(const cli::RunOptions& options, const std::string& version) {
  auto loaded = load_settings(options.config_path);
  if (!loaded) {
    std::fputs(loaded.report.text().c_str(), stderr);
    return cli::exit_bad_config;
  }
  return run_in_real_world(std::move(loaded), {options.config_path, version, options.dry_run});
}

std::string summary_of(const Settings& settings) {
  return fmt::format(
      "{}: {} supervised, {} probes, {} sources of metrics, {} log sinks{}", settings.service.service,
      settings.health.restart ? "1 child" : "nothing", settings.health.probes.size(),
      settings.metrics.sources.size() + settings.metrics.read.size(), settings.logs.send_to.size(),
      settings.metrics.send_to.empty()
          ? ""
          : fmt::format(", {} receivers of metrics", settings.metrics.send_to.size()));
}

cli::Validation validate(const std::string& path) {
  const auto loaded = load_settings(path);
  cli::Validation validation;
  validation.good = loaded.value.has_value();
  if (!validation.good) {
    validation.report = loaded.report.text();
    return validation;
  }
  const Settings& settings = *loaded.value;
  validation.summary = summary_of(settings);
  if (settings.health.restart && settings.health.probes.empty()) {
    validation.warnings.push_back("the service is restarted when it dies, but no probe sees when it hangs");
  }
  if (settings.api.socket.empty()) {
    validation.warnings.push_back("api.socket is not set: `outrider restart` and `reload` need it");
  }
  return validation;
}

core::Outcome<std::vector<core::ProbeStatus>> check(const std::string& path) {
  const auto loaded = load_settings(path);
  if (!loaded) return core::fail(refusal(loaded.report));
  return ask_each_probe_once(*loaded.value);
}

void add_tls(cli::Premises& premises, const std::string& key, const std::optional<net::TlsFiles>& tls) {
  if (!tls) return;
  premises.readable.emplace_back(key + ".certificate", tls->certificate);
  premises.readable.emplace_back(key + ".key", tls->key);
  if (!tls->client_authority.empty())
    premises.readable.emplace_back(key + ".client_authority", tls->client_authority);
}

std::string child_program(const Settings& settings) {
  const auto clock = os::make_clock();
  const auto processes = os::make_processes();
  const actuators::Tools tools{*clock, *processes};
  return settings.health.restart->make(tools, settings.health.restart->surroundings())->target();
}

core::Outcome<cli::Premises> premises(const std::string& path) {
  const auto loaded = load_settings(path);
  if (!loaded) return core::fail(refusal(loaded.report));
  const Settings& settings = *loaded.value;
  cli::Premises premises;
  premises.state_directory = settings.state;
  if (!settings.api.listen.empty()) premises.listen.emplace_back("api.listen", settings.api.listen);
  if (!settings.metrics.listen.empty())
    premises.listen.emplace_back("metrics.listen", settings.metrics.listen);
  premises.socket = settings.api.socket;
  if (settings.health.restart && settings.health.restart->actuator == "child") {
    premises.child = {child_program(settings)};
    premises.child_directory = settings.health.restart->directory;
  }
  for (const auto& sink : settings.logs.send_to)
    premises.sink_paths.insert(premises.sink_paths.end(), sink.writes.begin(), sink.writes.end());
  add_tls(premises, "api.tls", settings.api.tls);
  add_tls(premises, "metrics.tls", settings.metrics.tls);
  if (settings.traces.listen) {
    for (const auto& [key, file] : settings.traces.listen->reads())
      premises.readable.emplace_back("traces.listen." + key, file);
  }
  for (const auto& read : settings.logs.read) {
    if (!read.source.listen) continue;
    for (const auto& [key, file] : read.source.listen->reads())
      premises.readable.emplace_back("logs.read.otlp." + key, file);
  }
  for (const auto& read : settings.metrics.read) {
    for (const auto& [key, file] : read.listen.reads())
      premises.readable.emplace_back("metrics.read.otlp." + key, file);
  }
  return premises;
}

// A client for one command, with all that it borrows.
class CommandClient final : public net::Client {
 public:
  CommandClient() : client_(net::make_client(*clock_, *pool_)) {}
  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override {
    co_return co_await client_->ask(std::move(request), limit);
  }

 private:
  std::unique_ptr<core::Clock> clock_ = os::make_clock();
  std::unique_ptr<async::Pool> pool_ = async::make_thread_pool(1);
  std::unique_ptr<net::Client> client_;
};

}  // namespace

cli::Actions make_actions(std::string version) {
  static const std::unique_ptr<core::Clock> clock = os::make_clock();
  cli::Actions actions;
  actions.run = [version](const cli::RunOptions& options) { return run(options, version); };
  actions.validate = validate;
  actions.check = check;
  actions.schema = [] { return config::json_schema(settings_kind()).pretty(); };
  actions.premises = premises;
  actions.explain = explain;
  actions.rehearse = rehearse;
  actions.client = [](const async::Executor&) { return std::make_unique<CommandClient>(); };
  actions.incident_page = [](std::string_view json) { return ui::incident_page(json); };
  actions.clock = clock.get();
  add_recovery_actions(actions);
  add_setup_action(actions);
  add_notify_action(actions);
  add_evidence_actions(actions, version);
  actions.version = std::move(version);
  return actions;
}

}  // namespace outrider::app
