// Proof that a river really turns: a tick a second, and how late it came. The watchdog and /livez rest on it.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/status.hpp"

#include <atomic>
#include <cstdint>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::app {

class Pulse {
 public:
  // A river that has not ticked for this long is not turning.
  static constexpr core::Duration patience = std::chrono::seconds(5);

  Pulse(core::Clock& clock, std::string river, prometheus::Registry& registry);

  core::Task<void> run();  // on the river that is watched

  core::RiverStatus status() const;  // any thread

 private:
  core::Clock& clock_;
  std::string river_;
  prometheus::Gauge& lag_seconds_;
  prometheus::Counter& turns_;
  std::atomic<std::int64_t> lag_ns_ = 0;
  std::atomic<std::int64_t> ticked_ns_;
};

}  // namespace outrider::app
