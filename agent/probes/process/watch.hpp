// What one process looks like over time: stuck, growing, leaking, dead in all but name. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"
#include "agent/os/machine.hpp"
#include "agent/probes/amount.hpp"
#include "agent/probes/trend.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace outrider::probes::process {

struct Growth {  // "100MiB per 1h"
  std::uint64_t units = 0;
  core::Duration per = std::chrono::hours(1);
};

struct Busy {
  double above = 0.95;  // cores
  core::Duration during = std::chrono::minutes(10);
};

struct Where {  // with neither: the process that the agent supervises
  std::string pid_file;
  std::string name;
};

struct Settings {
  Where where;
  std::optional<Busy> busy;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<Growth> memory_growth;
  std::optional<Amount> descriptors{Amount{90.0, 0}};  // of its own limit, or so many
  std::optional<Growth> descriptor_growth;
  std::optional<std::uint64_t> threads;
  std::optional<Growth> thread_growth;
  core::Duration blocked_for = std::chrono::minutes(1);  // waiting for a disk or the like, and doing nothing
  core::Duration window = std::chrono::minutes(30);      // of what grows
};

class Watch {
 public:
  explicit Watch(const Settings& settings);

  // Without the time it took. A pid that is another process now begins anew.
  core::Answer look(const os::ProcessSight& sight, core::Instant now);

 private:
  void remember(const os::ProcessSight& sight, core::Instant now);
  std::string state_trouble(const os::ProcessFacts& facts, core::Instant now) const;
  std::string size_trouble(const os::ProcessSight& sight) const;
  std::string growth_trouble() const;

  Settings settings_;
  bool known_ = false;
  core::Duration started_{};
  core::Instant last_;
  core::Duration cpu_used_{};
  double cores_ = 0;  // used between the last two looks
  std::optional<core::Instant> busy_since_;
  std::optional<core::Instant> blocked_since_;
  Trend memory_;
  Trend descriptors_;
  Trend threads_;
};

}  // namespace outrider::probes::process
