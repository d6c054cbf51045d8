// The series of one objective. They go when it goes.
#pragma once

#include "agent/slo/burn.hpp"

#include <array>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::slo {

class ObjectiveMetrics {
 public:
  ObjectiveMetrics(prometheus::Registry& registry, const Objective& objective);
  ObjectiveMetrics(const ObjectiveMetrics&) = delete;
  ObjectiveMetrics& operator=(const ObjectiveMetrics&) = delete;
  ~ObjectiveMetrics();

  void answered(Counts counts);
  void show(const Burn& burn);

 private:
  prometheus::Family<prometheus::Counter>& answers_family_;
  prometheus::Family<prometheus::Gauge>& target_family_;
  prometheus::Family<prometheus::Gauge>& left_family_;
  prometheus::Family<prometheus::Gauge>& seen_family_;
  prometheus::Family<prometheus::Gauge>& rate_family_;
  prometheus::Family<prometheus::Gauge>& state_family_;
  prometheus::Family<prometheus::Gauge>& urgency_family_;
  prometheus::Counter* good_;
  prometheus::Counter* bad_;
  prometheus::Gauge* target_;
  prometheus::Gauge* left_;
  prometheus::Gauge* seen_;
  std::array<prometheus::Gauge*, 8> rates_{};  // long and short window of each row
  std::array<prometheus::Gauge*, 3> states_{};
  std::array<prometheus::Gauge*, 3> urgencies_{};
};

}  // namespace outrider::slo
