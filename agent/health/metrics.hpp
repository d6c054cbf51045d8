// The series of this room, one object a probe and one a target.
#pragma once

#include "agent/core/season.hpp"
#include "agent/core/verdict.hpp"

#include <array>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace outrider::health {

// They go when it goes: a probe that is no more must not be read as one that still says so.
class ProbeMetrics {
 public:
  ProbeMetrics(prometheus::Registry& registry, const std::string& probe, const std::string& kind);
  ProbeMetrics(const ProbeMetrics&) = delete;
  ProbeMetrics& operator=(const ProbeMetrics&) = delete;
  ~ProbeMetrics();

  void answered(const core::Answer& answer, core::WallTime asked);

 private:
  std::array<prometheus::Counter*, 3> answers_{};
  std::array<prometheus::Gauge*, 3> standing_{};
  prometheus::Histogram* duration_;
  prometheus::Gauge* last_run_;
  prometheus::Family<prometheus::Counter>& answers_family_;
  prometheus::Family<prometheus::Gauge>& standing_family_;
  prometheus::Family<prometheus::Histogram>& duration_family_;
  prometheus::Family<prometheus::Gauge>& last_run_family_;
};

class HealthMetrics {
 public:
  HealthMetrics(prometheus::Registry& registry, const std::string& target);
  HealthMetrics(const HealthMetrics&) = delete;
  HealthMetrics& operator=(const HealthMetrics&) = delete;
  ~HealthMetrics();

  void changed(core::State state);  // counted
  void show(core::State state);     // only shown: a new process, a first verdict

 private:
  std::array<prometheus::Gauge*, 3> state_{};
  std::array<prometheus::Counter*, 3> changes_{};
  prometheus::Family<prometheus::Gauge>& state_family_;
  prometheus::Family<prometheus::Counter>& changes_family_;
};

// What is said of the service beyond its state.
class ServiceMetrics {
 public:
  ServiceMetrics(prometheus::Registry& registry, const std::string& service);

  void show(const core::ServiceVerdict& verdict);

 private:
  std::array<prometheus::Gauge*, 3> readiness_{};
  prometheus::Gauge* saturated_;
  prometheus::Gauge* explained_;
};

// What time it is for the service.
class SeasonMetrics {
 public:
  explicit SeasonMetrics(prometheus::Registry& registry);

  void show(const core::Season& season);

 private:
  std::array<prometheus::Gauge*, 3> seasons_{};
};

}  // namespace outrider::health
