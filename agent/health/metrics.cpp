#include "agent/health/metrics.hpp"

#include "agent/core/seconds.hpp"

namespace outrider::health {
ProbeMetrics::ProbeMetrics(prometheus::Registry& registry, const std::string& probe, const std::string& kind)
    : answers_family_(prometheus::BuildCounter()
                          .Name("outrider_probe_answers_total")
                          .Help("Answers of the probe, by what they said")
                          .Register(registry)),
      standing_family_(prometheus::BuildGauge()
                           .Name("outrider_probe_standing")
                           .Help("1 for what the probe's last answer said, 0 for the others")
                           .Register(registry)),
      duration_family_(prometheus::BuildHistogram()
                           .Name("outrider_probe_duration_seconds")
                           .Help("How long the probe took to answer")
                           .Register(registry)),
      last_run_family_(prometheus::BuildGauge()
                           .Name("outrider_probe_last_run_timestamp_seconds")
                           .Help("When the probe was last asked")
                           .Register(registry)) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name(core::name_of(static_cast<core::Standing>(i)));
    const prometheus::Labels labels{{"probe", probe}, {"kind", kind}, {"standing", name}};
    answers_[i] = &answers_family_.Add(labels);
    standing_[i] = &standing_family_.Add(labels);
  }
  standing_[0]->Set(1);
  const prometheus::Labels labels{{"probe", probe}, {"kind", kind}};
  duration_ = &duration_family_.Add(
      labels, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                      1, 2.5, 5, 10});
  last_run_ = &last_run_family_.Add(labels);
}

ProbeMetrics::~ProbeMetrics() {
  for (prometheus::Counter* const counter : answers_) answers_family_.Remove(counter);
  for (prometheus::Gauge* const gauge : standing_) standing_family_.Remove(gauge);
  duration_family_.Remove(duration_);
  last_run_family_.Remove(last_run_);
}

void ProbeMetrics::answered(const core::Answer& answer, core::WallTime asked) {
  const auto said = static_cast<std::size_t>(answer.standing);
  answers_[said]->Increment();
  for (std::size_t i = 0; i < 3; ++i) standing_[i]->Set(i == said ? 1 : 0);
  duration_->Observe(core::to_seconds(answer.took));
  last_run_->Set(core::to_seconds(asked.time_since_epoch()));
}

HealthMetrics::HealthMetrics(prometheus::Registry& registry, const std::string& target)
    : state_family_(
          prometheus::BuildGauge()
              .Name("outrider_health_state")
              .Help("1 for the verdict on the target, 0 for the others; a target is a probe or the service")
              .Register(registry)),
      changes_family_(prometheus::BuildCounter()
                          .Name("outrider_health_changes_total")
                          .Help("How often the verdict on the target became this one")
                          .Register(registry)) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name(core::name_of(static_cast<core::State>(i)));
    state_[i] = &state_family_.Add({{"target", target}, {"state", name}});
    changes_[i] = &changes_family_.Add({{"target", target}, {"state", name}});
  }
  show(core::State::unknown);
}

HealthMetrics::~HealthMetrics() {
  for (prometheus::Gauge* const gauge : state_) state_family_.Remove(gauge);
  for (prometheus::Counter* const counter : changes_) changes_family_.Remove(counter);
}

void HealthMetrics::show(core::State state) {
  for (std::size_t i = 0; i < 3; ++i) state_[i]->Set(i == static_cast<std::size_t>(state) ? 1 : 0);
}

void HealthMetrics::changed(core::State state) {
  changes_[static_cast<std::size_t>(state)]->Increment();
  show(state);
}

ServiceMetrics::ServiceMetrics(prometheus::Registry& registry, const std::string& service) {
  auto& readiness =
      prometheus::BuildGauge()
          .Name("outrider_health_readiness")
          .Help("1 for whether the service can be sent work, 0 for the others; unknown where nothing asks")
          .Register(registry);
  constexpr std::array<const char*, 3> names{"unknown", "ready", "not_ready"};  // as State counts
  for (std::size_t i = 0; i < 3; ++i)
    readiness_[i] = &readiness.Add({{"target", service}, {"readiness", names[i]}});
  saturated_ = &prometheus::BuildGauge()
                    .Name("outrider_health_saturated")
                    .Help("1 while the service is sick of having too much to do and still answers something")
                    .Register(registry)
                    .Add({{"target", service}});
  explained_ = &prometheus::BuildGauge()
                    .Name("outrider_health_explained")
                    .Help("1 while a dependency in trouble explains the service's own")
                    .Register(registry)
                    .Add({{"target", service}});
  show({});
}

void ServiceMetrics::show(const core::ServiceVerdict& verdict) {
  for (std::size_t i = 0; i < 3; ++i)
    readiness_[i]->Set(i == static_cast<std::size_t>(verdict.readiness) ? 1 : 0);
  saturated_->Set(verdict.saturated ? 1 : 0);
  explained_->Set(verdict.causes.empty() ? 0 : 1);
}

SeasonMetrics::SeasonMetrics(prometheus::Registry& registry) {
  auto& family = prometheus::BuildGauge()
                     .Name("outrider_health_season")
                     .Help("1 while maintenance is under way, actions are frozen, or a time matters more")
                     .Register(registry);
  for (std::size_t i = 0; const char* season : {"maintenance", "frozen", "raised"})
    seasons_[i++] = &family.Add({{"season", season}});
}

void SeasonMetrics::show(const core::Season& season) {
  for (std::size_t i = 0; const std::string* said : {&season.maintenance, &season.frozen, &season.raised})
    seasons_[i++]->Set(said->empty() ? 0 : 1);
}

}  // namespace outrider::health
