// The series of this room, one object a probe and one a target.
#pragma once

#include "agent/core/verdict.hpp"

#include <array>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace outrider::health {

class ProbeMetrics {
 public:
  ProbeMetrics(prometheus::Registry& registry, const std::string& probe, const std::string& kind);

  void answered(const core::Answer& answer, core::WallTime asked);

 private:
  std::array<prometheus::Counter*, 3> answers_{};
  std::array<prometheus::Gauge*, 3> standing_{};
  prometheus::Histogram* duration_;
  prometheus::Gauge* last_run_;
};

class HealthMetrics {
 public:
  HealthMetrics(prometheus::Registry& registry, const std::string& target);

  void changed(core::State state);  // counted
  void show(core::State state);     // only shown: a new process, a first verdict

 private:
  std::array<prometheus::Gauge*, 3> state_{};
  std::array<prometheus::Counter*, 3> changes_{};
};

}  // namespace outrider::health
