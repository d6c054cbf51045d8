// The supervisor's body: the loop that observes, decides, audits and acts. One owner, one river.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/supervise/limits/governor.hpp"
#include "agent/supervise/record/metrics.hpp"
#include "agent/supervise/record/scribe.hpp"
#include "agent/supervise/starts/in_vain.hpp"
#include "agent/supervise/supervisor.hpp"

namespace outrider::supervise {

// An operator's restart, until it is answered.
struct Request {
  core::Operator who;
  std::optional<core::Outcome<std::string>> answer;
};

class Supervisor::Actor {
 public:
  Actor(Options options, std::unique_ptr<actuators::Actuator> actuator, Tools tools, Hooks hooks);

  core::Task<std::optional<int>> run();
  void hear(const core::ServiceVerdict& verdict);
  void heed(const core::Season& season);
  core::Task<core::Outcome<std::string>> restart(core::Operator who, bool even_without_budget);
  void reconfigure(Options options, std::unique_ptr<actuators::Actuator> actuator);
  void forward_signal(int number);
  core::Outcome<> leave_running();
  core::ServiceStatus status() const;

 private:
  core::Task<void> serve();
  core::Task<void> serve_and_ring();
  core::Task<void> act(Decision decision);
  core::Task<void> start_child(Decision decision);
  core::Task<void> stop_child(Decision decision);
  core::Task<void> leave_as_it_is();
  core::Task<void> let_look(std::string why);
  core::Task<void> finish(Decision decision);
  core::Task<void> watch();
  core::Task<void> until_news();
  core::Task<void> wait_for_news(std::optional<core::Instant> wake);
  core::Task<void> until_answered(std::shared_ptr<Request> request);
  void leave();
  std::string executing(actuators::Started started, bool first, core::Instant now);
  void attend(actuators::Started started, core::Instant now);
  void nobody_was_asked(const core::Error& error, core::Instant now);
  void could_not_start(const core::Error& error, core::Instant now);
  void refuse(const Decision& decision);
  void heed_settings();
  void first_verdict();
  void verified(core::State found);
  std::optional<core::Instant> calm_at() const;
  core::Task<void> ask_for_lease();
  core::Task<core::Outcome<>> pay_the_fleet(std::string record, core::Instant now);
  void no_lease(Refusal refusal, std::string why, core::Duration again_in);
  core::Task<void> give_lease_back();
  bool lease_is_over(const Decision& decision, core::Instant now) const;
  void refresh(core::Instant now);
  void enter(Phase phase);
  void grant(const Decision& decision);
  void answer(core::Outcome<std::string> outcome);
  void tell(const Decision& decision);
  void note(core::EventKind kind, const std::string& sentence);
  void news();
  std::string actor_of(Cause cause) const;

  Options options_;
  std::unique_ptr<actuators::Actuator> actuator_;
  std::unique_ptr<actuators::Actuator> next_actuator_;  // from a reload, for the next start
  Tools tools_;
  Hooks hooks_;
  Metrics metrics_;
  Scribe scribe_;
  Budget budget_;
  Pace pace_;
  InVain in_vain_;
  View view_;

  async::Nursery* nursery_ = nullptr;  // run()'s, while it runs
  async::Bell news_;
  async::Bell over_bell_;
  async::Bell answered_;
  bool pending_ = false;
  bool over_ = false;
  bool told_to_leave_ = false;
  std::optional<int> exit_status_;

  Cause cause_ = Cause::first_start;          // of the stop or start under way
  std::optional<std::uint64_t> open_intent_;  // of the restart or stop under way
  std::optional<core::Instant> gone_at_;      // since when nothing executes
  std::shared_ptr<Request> request_;
  std::optional<Refusal> told_;  // the refusal that was told last, so that it is told once
  bool from_nothing_ = false;    // the next start
  bool unverified_ = false;      // a restart, until its first verdict
  std::optional<core::Instant> healthy_since_;
  std::shared_ptr<leases::Lease> lease_;  // null: none is needed
  bool lease_used_ = false;
  core::Instant lease_until_{};
  std::uint64_t restarts_total_ = 0;
  std::string restart_reason_;  // of the restart under way, or of the last
  std::optional<core::WallTime> last_restart_;
  std::string last_restart_reason_;
  bool last_restart_was_asked_ = false;
  core::WallTime since_wall_{};
  std::string last_exit_;
  std::string last_decision_;
};

}  // namespace outrider::supervise
