#include "agent/supervise/record/metrics.hpp"

#include "agent/core/seconds.hpp"

#include <algorithm>

namespace outrider::supervise {
namespace {

using Labels = prometheus::Labels;

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help,
                         const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help,
                             const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

}  // namespace

Metrics::Metrics(prometheus::Registry& registry, const std::string& service) {
  for (std::size_t i = 0; i < phase_count; ++i) {
    std::string phase(name_of(static_cast<Phase>(i)));
    std::replace(phase.begin(), phase.end(), ' ', '_');
    phase_[i] = &gauge(registry, "outrider_supervise_phase",
                       "1 for the phase the service's supervision is in, 0 for the others",
                       {{"service", service}, {"phase", phase}});
  }
  for (std::size_t i = 0; const char* how : {"exited", "signalled", "out_of_memory", "unknown"})
    exits_[i++] = &counter(registry, "outrider_supervise_child_exits_total",
                           "How often the service ended, by how", {{"service", service}, {"how", how}});
  for (std::size_t i = 0; const char* cause : {"exit", "sick", "operator"})
    restarts_[i++] = &counter(registry, "outrider_supervise_restarts_total",
                              "Restarts of the service, by cause", {{"service", service}, {"cause", cause}});
  for (std::size_t i = 0; i < refusal_count; ++i)
    refused_[i] = &counter(registry, "outrider_supervise_restarts_refused_total",
                           "Restarts that were called for and not made, by what forbade them",
                           {{"service", service}, {"why", std::string(name_of(static_cast<Refusal>(i)))}});
  for (std::size_t i = 0; i < 3; ++i)
    rung_[i] = &gauge(registry, "outrider_supervise_rung",
                      "1 for what is tried next when the service is sick, 0 for the others",
                      {{"service", service}, {"rung", std::string(name_of(static_cast<Rung>(i)))}});
  for (std::size_t i = 0; i < 3; ++i)
    verified_[i] =
        &counter(registry, "outrider_supervise_verifications_total",
                 "What the service was found to be after a restart, within its time to start",
                 {{"service", service}, {"found", std::string(core::name_of(static_cast<core::State>(i)))}});
  for (std::size_t i = 0; const char* result : {"taken", "held_by_another", "unknown", "fleet_budget_spent"})
    lease_asked_[i++] =
        &counter(registry, "outrider_supervise_lease_requests_total",
                 "Requests for the fleet's lease, by result", {{"service", service}, {"result", result}});
  const Labels labels{{"service", service}};
  lease_held_ = &gauge(registry, "outrider_supervise_lease_held",
                       "1 while the fleet's lease is held, to restart the service", labels);
  taken_over_ = &counter(registry, "outrider_supervise_taken_over_total",
                         "How often a service that ran already was taken over as it was", labels);
  up_ = &gauge(registry, "outrider_supervise_child_up", "1 while the service's process executes", labels);
  start_time_ = &gauge(registry, "outrider_supervise_child_start_timestamp_seconds",
                       "When the service's process began to execute", labels);
  budget_left_ = &gauge(registry, "outrider_supervise_restart_budget_left",
                        "Restarts that may still be made in the current window", labels);
  budget_limit_ = &gauge(registry, "outrider_supervise_restart_budget_limit",
                         "Restarts that may be made within one window", labels);
  recovery_ =
      &prometheus::BuildHistogram()
           .Name("outrider_supervise_recovery_seconds")
           .Help("From the end of the service's process until its replacement executed")
           .Register(registry)
           .Add(labels, prometheus::Histogram::BucketBoundaries{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25,
                                                                0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600});
}

void Metrics::show_phase(Phase phase) {
  for (std::size_t i = 0; i < phase_count; ++i) phase_[i]->Set(static_cast<Phase>(i) == phase ? 1 : 0);
}

void Metrics::show_budget(std::uint32_t left, std::uint32_t limit) {
  budget_left_->Set(left);
  budget_limit_->Set(limit);
}

void Metrics::show_rung(Rung rung) {
  for (std::size_t i = 0; i < 3; ++i) rung_[i]->Set(static_cast<Rung>(i) == rung ? 1 : 0);
}

void Metrics::lease_asked(std::optional<Refusal> refusal) {
  const std::size_t index = !refusal                            ? 0
                            : refusal == Refusal::lease         ? 1
                            : refusal == Refusal::lease_unknown ? 2
                                                                : 3;
  lease_asked_[index]->Increment();
}

void Metrics::started(core::WallTime when) {
  up_->Set(1);
  start_time_->Set(core::to_seconds(when.time_since_epoch()));
}

void Metrics::ended() { up_->Set(0); }

void Metrics::exited(const os::Exit& how) {
  const std::size_t index = how.unknown ? 3 : how.out_of_memory ? 2 : how.exited ? 0 : 1;
  exits_[index]->Increment();
}

void Metrics::restarted(Cause cause) {
  const std::size_t index = cause == Cause::sick ? 1 : cause == Cause::asked ? 2 : 0;
  restarts_[index]->Increment();
}

void Metrics::recovered(core::Duration after) { recovery_->Observe(core::to_seconds(after)); }

}  // namespace outrider::supervise
