// What the program itself costs, and which one it is.
#pragma once

#include "agent/core/status.hpp"

#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::app {

class SelfMetrics {
 public:
  SelfMetrics(prometheus::Registry& registry, const std::string& version);

  void show(const core::AgentStatus& self);
  void reloaded(bool applied, core::WallTime when);

 private:
  prometheus::Counter& cpu_seconds_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& open_descriptors_;
  prometheus::Counter* applied_;
  prometheus::Counter* refused_;
  prometheus::Gauge& last_reload_successful_;
  prometheus::Gauge& last_reload_time_;
};

}  // namespace outrider::app
