// The running agent: owns what the rooms need, starts them in order, stops them in order, answers operators.
// It lives on `decide`. How the rooms are joined is in wire.cpp; what a reload does in reload.cpp.
#pragma once

#include "agent/app/carry/pulse.hpp"
#include "agent/app/carry/upper.hpp"
#include "agent/app/options.hpp"
#include "agent/app/promises/promises.hpp"
#include "agent/app/recording/incidents.hpp"
#include "agent/app/reload/plan.hpp"
#include "agent/app/season/keeper.hpp"
#include "agent/app/showing/self_metrics.hpp"
#include "agent/app/telling/telling.hpp"
#include "agent/app/world.hpp"
#include "agent/async/slot.hpp"
#include "agent/audit/journal.hpp"
#include "agent/core/commands.hpp"
#include "agent/health/health.hpp"
#include "agent/incident/timeline.hpp"
#include "agent/recovery/watch/watch.hpp"
#include "agent/seal/key.hpp"
#include "agent/supervise/supervisor.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/registry.h>

namespace outrider::app {

class Agent final : public core::Commands {
 public:
  Agent(World& world, config::Loaded<Settings> loaded, AgentOptions options);
  ~Agent() override;

  // Until a signal asks it to stop, the child has ended for good and that was meant, or a part failed.
  // Gives the exit code of the program. What kept it from starting is in the log.
  core::Task<int> run();

  // The same as SIGTERM, for tests and the simulation. On `decide`.
  void ask_to_stop();

  core::Status status() override;
  core::Task<std::vector<core::Event>> events_after(std::uint64_t after, core::Duration limit) override;
  core::Task<core::Outcome<std::string>> restart(core::Operator who, bool even_without_budget) override;
  core::Task<core::Outcome<std::string>> reload(core::Operator who) override;
  core::Task<core::Outcome<std::string>> maintenance(core::Operator who,
                                                     core::MaintenanceQuestion question) override;
  core::Task<core::Outcome<std::string>> parked(core::Operator who, core::ParkedQuestion question) override;
  core::Task<void> refused(core::Refused refused) override;
  core::Task<core::Outcome<std::string>> alert(core::Operator who, core::AlertOrder order) override;
  core::Taps* taps() override { return &upper_->taps(); }
  core::Outcome<std::string> incidents() override { return incidents_.list(); }
  core::Task<core::Outcome<std::string>> incident(std::string id, bool whole) override;
  core::Task<core::Outcome<std::string>> note_change(core::Operator who) override;
  core::Outcome<std::string> recovery() override;
  core::Task<core::Outcome<core::GateAnswer>> gate(core::GateQuestion question) override;
  core::Outcome<std::string> begin_alarm_drill(core::Operator who, core::AlarmQuestion question) override;
  core::Outcome<std::string> alarm_drill() override;

  std::vector<std::string> api_addresses() const {
    return api_.server ? api_.server->addresses() : std::vector<std::string>();
  }
  const std::string& metrics_address() const { return upper_->metrics_address(); }

 private:
  struct Api {  // empty where there are no listeners
    std::unique_ptr<net::Server> server;
    std::unique_ptr<async::Slot> slot;
  };

  struct End {
    bool asked = false;
    std::optional<int> child_code;
    std::exception_ptr problem;
    bool came() const { return asked || child_code || problem; }
  };
  const Settings& settings() const { return *loaded_.value; }
  core::Task<core::Outcome<>> open();
  core::Task<core::Outcome<>> open_state();
  core::Task<void> start();
  core::Task<void> stop();
  core::Task<void> wait_for_end();
  void part_ended(std::exception_ptr problem);
  int exit_code();
  // wire.cpp: who talks to whom
  std::vector<health::ProbeSetup> probe_setups(const Settings& settings,
                                               const std::vector<std::string>& kept) const;
  void wire_health(const Settings& settings);
  void wire_supervisor(const Settings& settings);
  void wire_incidents();
  supervise::Options supervise_options(const Settings& settings) const;
  std::unique_ptr<actuators::Actuator> make_actuator(const Settings& settings);
  core::Task<void> run_supervisor();
  core::Task<std::int64_t> service_process();  // 0: it does not run
  void wire_recovery(const Settings& settings);
  core::Task<core::Outcome<seal::SigningKey>> signing_key();
  core::Task<void> prepare_key();
  core::Outcome<Api> listen_api(const Settings& settings, net::Server* replaces);
  core::Task<void> heed_signals();
  core::Task<void> take_snapshots();
  core::Task<void> tend_self();
  core::Task<void> feed_watchdog();
  core::Task<void> watch_audit();
  core::Task<void> stay_small();
  core::Task<void> run_chores();

  core::Task<core::Outcome<std::string>> reload_now();
  core::Task<core::Outcome<>> apply(const Plan& plan, const Settings& from, const Settings& to);
  core::Task<core::Outcome<>> apply_part(Part part, const Plan& plan, const Settings& from,
                                         const Settings& to);
  core::Outcome<> change_api(const Settings& to);
  static core::Task<void> close_api(Api api);

  World& world_;
  config::Loaded<Settings> loaded_;
  AgentOptions options_;
  core::WallTime started_;
  std::shared_ptr<prometheus::Registry> registry_;
  incident::Timeline timeline_;
  SelfMetrics self_metrics_;
  Pulse pulse_;
  async::Bell changed_;
  async::Mailbox<pipeline::Snapshot> snapshots_;
  std::unique_ptr<os::Lock> state_lock_;
  std::unique_ptr<audit::Journal> journal_;
  std::unique_ptr<Upper> upper_;
  Incidents incidents_;
  std::unique_ptr<health::Health> health_;
  std::unique_ptr<supervise::Supervisor> supervisor_;
  std::unique_ptr<recovery::RecoveryMetrics> recovery_metrics_;
  std::unique_ptr<recovery::Watch> recovery_;  // null: no database is watched
  std::optional<seal::SigningKey> key_;        // once it was asked for
  Api api_;
  std::optional<Api> api_before_;  // still serving, until the reload that replaces it is through
  async::Slot chores_;             // signals, watchdog, snapshots, pulse, orphans
  async::Slot health_slot_, supervisor_slot_, recovery_slot_;
  Telling telling_;
  Promises promises_;
  async::Nursery leaving_;  // listeners that finish what they are answering
  pipeline::Snapshot shown_;
  core::AgentStatus self_;
  End end_;
  SeasonKeeper season_;
  bool ready_ = false, stopping_ = false, reloading_ = false;
};

}  // namespace outrider::app
