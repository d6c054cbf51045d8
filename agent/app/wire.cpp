// The whole traffic plan: which room hears of what another one found out. Nothing is decided here.
#include "agent/actuators/shelf.hpp"
#include "agent/api/handler.hpp"
#include "agent/app/agent.hpp"
#include "agent/ui/incident/incident_page.hpp"
#include "agent/ui/page.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>

namespace outrider::app {
namespace {

constexpr core::Duration first_rounds = std::chrono::seconds(10);
constexpr core::Duration give_back_every = std::chrono::minutes(10);
constexpr core::Duration audit_check_every = std::chrono::hours(6);

}  // namespace

std::vector<health::ProbeSetup> Agent::probe_setups(const Settings& settings,
                                                    const std::vector<std::string>& kept) const {
  const probes::Tools tools{world_.clock,
                            world_.pool,
                            world_.decide_client,
                            world_.dialer,
                            world_.processes,
                            world_.decide_streams,
                            world_.slow_calls,
                            world_.machine,
                            world_.make_probe_database,
                            [this] { return supervisor_ ? supervisor_->status().pid : 0; },
                            &upper_->ears(),
                            [this](const std::string& name) { return promises_.find(name); }};
  std::vector<health::ProbeSetup> setups;
  for (const auto& [name, probe] : settings.health.probes) {
    health::ProbeSetup setup;
    setup.name = name;
    setup.kind = probe.kind;
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) setup.probe = probe.make(tools);
    setup.every = probe.every;
    setup.timeout = probe.timeout;
    setup.dependency = probe.dependency;
    setup.role = probe.role.value_or(health::Role::live);
    setup.policy.fail_after = probe.fail_after;
    setup.policy.heal_after = probe.heal_after;
    setup.policy.warm_up = health::warm_up_of(probe, settings.health.probes, settings.health.warm_up);
    setups.push_back(std::move(setup));
  }
  return setups;
}

//   probes ─▶ health ─▶ supervise: verdicts, and what explains them
void Agent::wire_health(const Settings& settings) {
  const health::Tools tools{
      world_.decide,
      world_.clock,
      world_.random,
      *registry_,
      timeline_,
      world_.log,
      [this](const std::string& probe, const core::Answer& answer) { promises_.hear(probe, answer); }};
  auto tell = [this](const core::ServiceVerdict& verdict) {
    if (supervisor_) supervisor_->hear(verdict);
  };
  health_ = std::make_unique<health::Health>(settings.service.service, probe_setups(settings, {}), tools,
                                             std::move(tell));
  health_slot_.start(health_->run());
}

supervise::Options Agent::supervise_options(const Settings& settings) const {
  supervise::Options options;
  options.service = settings.service.service;
  options.settings = *settings.health.restart;
  options.settings.dry_run = options.settings.dry_run || options_.dry_run;
  options.warm_up = health::start_up_time(settings.health.probes, settings.health.warm_up);
  options.judged = health_->has_probes();
  options.holder = fmt::format("{} on {}", settings.service.service, settings.service.host);
  if (const auto& fleet = options.settings.fleet)
    options.lease =
        fleet->make_lease({world_.clock, world_.pool, world_.files, world_.decide_client, world_.lock});
  return options;
}

std::unique_ptr<actuators::Actuator> Agent::make_actuator(const Settings& settings) {
  const supervise::Settings& restart = *settings.health.restart;
  auto tell = [this, service = settings.service.service](const std::string& sentence) {
    timeline_.record(core::EventKind::lifecycle, service, sentence);
  };
  const actuators::Tools tools{world_.clock,    world_.processes, &world_.decide_client,
                               std::move(tell), &world_.files,    &world_.pool};
  return restart.make(tools, restart.surroundings(settings.state + "/child"));
}

//   supervise ─▶ carry: what each new child writes      supervise ─▶ health: a new child begins again
void Agent::wire_supervisor(const Settings& settings) {
  if (!settings.health.restart) return;
  const supervise::Tools tools{world_.decide, world_.clock, world_.random, *registry_,
                               *journal_,     timeline_,    world_.log};
  supervise::Hooks hooks;
  hooks.output = [this](std::unique_ptr<os::ByteSource> output, std::unique_ptr<os::ByteSource> errors) {
    if (!upper_->adopt({std::move(output), std::move(errors)}))
      world_.log.error("app", "Cannot hand over the child's output");
  };
  hooks.started = [this] {
    upper_->ears().begin_again(world_.clock.now());
    if (health_) health_->begin_again();
  };
  incidents_.listen_to(hooks);
  supervisor_ = std::make_unique<supervise::Supervisor>(supervise_options(settings), make_actuator(settings),
                                                        tools, std::move(hooks));
  supervisor_->heed(season_.season());
  supervisor_slot_.start(run_supervisor());
}

core::Task<std::int64_t> Agent::service_process() { co_return supervisor_ ? supervisor_->status().pid : 0; }

core::Task<void> Agent::run_supervisor() {
  const std::optional<int> code = co_await supervisor_->run();
  if (!code) co_return;  // it was stopped, and nothing cancels this coroutine any more
  end_.child_code = code;
  changed_.ring();
  // The slot counts on us to stay until we are stopped.
  async::Bell never(world_.decide);
  co_await never.wait();
}

core::Outcome<Agent::Api> Agent::listen_api(const Settings& settings, net::Server* replaces) {
  net::ServerOptions options;
  options.replaces = replaces;
  if (!settings.api.socket.empty())
    options.listeners.push_back({"unix:" + settings.api.socket, {}, "socket"});
  if (!settings.api.listen.empty())
    options.listeners.push_back({settings.api.listen, settings.api.tls, "tcp"});
  Api api;
  if (options.listeners.empty()) return api;
  options.limits.body_bytes = 64 * 1024;
  api::Options api_options;
  api_options.rights = settings.api.rights();
  api_options.pages = {ui::render, ui::badge, ui::content_security_policy(),
                       [](std::string_view json) { return ui::incident_page(json); },
                       ui::incident_content_security_policy()};
  auto server = world_.listen(world_.decide, std::move(options),
                              api::make_handler(*this, *registry_, world_.clock, std::move(api_options)));
  if (!server) return core::fail(server.error());
  api.server = std::move(*server);
  api.slot = std::make_unique<async::Slot>(
      world_.decide, [this](std::exception_ptr problem) { part_ended(std::move(problem)); });
  return api;
}

core::Task<void> Agent::heed_signals() {
  for (;;) {
    const int number = co_await world_.signals.next();
    if (number == SIGHUP) {
      core::Operator who{"signal SIGHUP", "SIGHUP was sent"};
      co_await reload(std::move(who));
    } else if (number == SIGTERM || number == SIGINT) {
      ask_to_stop();
    } else if (supervisor_) {
      supervisor_->forward_signal(number);
    }
  }
}

//   carry ─▶ decide: what the faces show of the upper river
core::Task<void> Agent::take_snapshots() {
  while (auto snapshot = co_await snapshots_.receive()) {
    shown_ = std::move(*snapshot);
    promises_.hear(shown_.requests);
  }
}

core::Task<void> Agent::tend_self() {
  for (;;) {
    const core::AgentStatus self = co_await async::offload(world_.pool, world_.self);
    self_metrics_.show(self);
    self_ = self;
    co_await world_.clock.sleep(std::chrono::seconds(15));
  }
}

// The watchdog is fed only while both rivers really turn.
core::Task<void> Agent::feed_watchdog() {
  const auto period = world_.notifier.watchdog_period();
  if (!period) co_return;
  for (;;) {
    if (pulse_.status().turning && upper_->river().turning) (void)world_.notifier.alive();
    co_await world_.clock.sleep(*period);
  }
}

// What was written may be changed while we run: the whole trail is read now, and a few times a day.
core::Task<void> Agent::watch_audit() {
  std::string told;
  for (;;) {
    const auto report = co_await journal_->check();
    const std::string found = report ? (report->intact() ? "" : report->sentence()) : report.error().what;
    if (!found.empty() && found != told) timeline_.record(core::EventKind::trouble, "audit", found);
    told = found;
    co_await world_.clock.sleep(audit_check_every);
  }
}

// The first of everything (a probe, a scrape, a page) touches what later ones do not, and so does what is
// rare.
core::Task<void> Agent::stay_small() {
  co_await world_.clock.sleep(first_rounds);
  for (;;) {
    world_.settled();
    co_await world_.clock.sleep(give_back_every);
  }
}

core::Task<void> Agent::run_chores() {
  async::Nursery chores(world_.decide);
  chores.start(pulse_.run());
  chores.start(heed_signals());
  chores.start(take_snapshots());
  chores.start(tend_self());
  chores.start(feed_watchdog());
  chores.start(watch_audit());
  chores.start(season_.run());
  chores.start(stay_small());
  chores.start(world_.tend_log());
  chores.start(world_.processes.reap_orphans());
  co_await chores.join();
}

}  // namespace outrider::app
