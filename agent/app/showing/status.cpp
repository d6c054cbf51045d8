// The snapshot that every face shows, put together from the rooms' own.
#include "agent/app/agent.hpp"
#include "agent/app/recovery/recovery_status.hpp"
#include "agent/app/showing/sentence.hpp"
#include "agent/async/race.hpp"
#include "agent/core/concerns.hpp"

#include <utility>

namespace outrider::app {

core::Status Agent::status() {
  core::Status status;
  status.agent = self_;
  status.resource = settings().service;
  status.agent_version = options_.version;
  status.now = world_.clock.wall();
  status.started = started_;
  if (supervisor_) {
    status.service = supervisor_->status();
  } else {
    status.service.name = settings().service.service;
    status.service.phase = "not supervised";
    status.service.since = started_;
  }
  if (health_) {
    status.service.state = health_->verdict().state;
    status.service.why = health_->verdict().why;
    status.service.readiness = health_->verdict().readiness;
    status.service.not_ready_because = health_->verdict().not_ready_because;
    status.service.causes = health_->verdict().causes;
    status.service.saturated = health_->verdict().saturated;
    status.probes = health_->probes();
  }
  status.objectives = promises_.status();
  status.season = season_.season();
  incidents_.show(status);
  status.streams = shown_.streams;
  status.scrapes = shown_.scrapes;
  status.traces = shown_.traces;
  if (recovery_) status.recovery = recovery_status(recovery_->snapshot());
  status.alerts = telling_.status();
  status.rivers = {pulse_.status(), upper_->river()};
  status.timeline = timeline_.newest(100);
  status.config_path = options_.config_path;
  status.config_hash = loaded_.hash;
  status.audit_entries = journal_->entries();
  status.audit_trouble = journal_->trouble();
  status.audit_broken = journal_->broken();
  status.not_ready_because = why_not_ready(status, ready_, stopping_);
  status.ready = status.not_ready_because.empty();
  status.state = core::overall_state(status);
  status.sentence = core::verdict_sentence(status);
  return status;
}

core::Task<std::vector<core::Event>> Agent::events_after(std::uint64_t after, core::Duration limit) {
  if (timeline_.last_sequence() <= after) {
    (void)co_await async::finish_within(world_.clock, limit, timeline_.wait_for_news(after));
  }
  co_return timeline_.after(after);
}

core::Task<void> Agent::refused(core::Refused refused) {
  core::Deed deed{"somebody as " + refused.who, "ask", refused.what, "not let in"};
  const auto intent = co_await journal_->intend(std::move(deed));
  if (intent) (void)co_await journal_->conclude(*intent, false, refused.why);
  timeline_.record(core::EventKind::operator_command, "api", refused.who + " was not let in: " + refused.why);
}

core::Task<core::Outcome<std::string>> Agent::restart(core::Operator who, bool even_without_budget) {
  if (!supervisor_) {
    co_return core::fail(core::Errc::unsupported, "cannot restart: nothing is supervised",
                         "give health.restart a child in the configuration");
  }
  co_return co_await supervisor_->restart(std::move(who), even_without_budget);
}

core::Task<core::Outcome<std::string>> Agent::maintenance(core::Operator who,
                                                          core::MaintenanceQuestion question) {
  co_return co_await season_.maintenance(*journal_, std::move(who), question);
}

core::Task<core::Outcome<std::string>> Agent::alert(core::Operator who, core::AlertOrder order) {
  co_return co_await telling_.order(*journal_, std::move(who), std::move(order));
}

}  // namespace outrider::app
