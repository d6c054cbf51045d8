// The series of this room.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/os/process.hpp"
#include "agent/supervise/decide.hpp"

#include <array>
#include <optional>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace outrider::supervise {

class Metrics {
 public:
  Metrics(prometheus::Registry& registry, const std::string& service);

  void show_phase(Phase phase);
  void show_budget(std::uint32_t left, std::uint32_t limit);
  void started(core::WallTime when);
  void ended();  // nothing executes now
  void exited(const os::Exit& how);
  void restarted(Cause cause);
  void recovered(core::Duration after);
  void show_rung(Rung rung);
  void verified(core::State found) { verified_[static_cast<std::size_t>(found)]->Increment(); }
  void lease_asked(std::optional<Refusal> refusal);
  void show_lease(bool held) { lease_held_->Set(held ? 1 : 0); }
  void taken_over() { taken_over_->Increment(); }
  void refused(Refusal refusal) { refused_[static_cast<std::size_t>(refusal)]->Increment(); }

 private:
  std::array<prometheus::Gauge*, phase_count> phase_{};
  std::array<prometheus::Counter*, 4> exits_{};
  std::array<prometheus::Counter*, 3> restarts_{};
  std::array<prometheus::Counter*, refusal_count> refused_{};
  std::array<prometheus::Gauge*, 3> rung_{};
  std::array<prometheus::Counter*, 3> verified_{};
  std::array<prometheus::Counter*, 4> lease_asked_{};
  prometheus::Gauge* lease_held_;
  prometheus::Counter* taken_over_;
  prometheus::Gauge* up_;
  prometheus::Gauge* start_time_;
  prometheus::Gauge* budget_left_;
  prometheus::Gauge* budget_limit_;
  prometheus::Histogram* recovery_;
};

}  // namespace outrider::supervise
