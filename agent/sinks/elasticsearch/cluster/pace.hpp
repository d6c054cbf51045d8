// How many requests may be under way at once: one more while answers come as quickly as they used to, fewer
// when they come slower, half when the server says that it has too much.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>

namespace outrider::sinks::elasticsearch {

class Pace {
 public:
  explicit Pace(std::uint32_t most) : most_(most), limit_(most < 2 ? most : 2) {}

  std::uint32_t limit() const { return limit_; }

  // `under_way` counts the one that was answered.
  void answered(core::Duration took, std::uint64_t bytes, std::uint32_t under_way, core::Instant now);
  void overloaded(core::Instant now);

 private:
  void cut_to(std::uint32_t limit, core::Instant now);

  std::uint32_t most_;
  std::uint32_t limit_;
  std::uint32_t good_ = 0;      // answers in a row that were no reason to slow down
  std::uint32_t samples_ = 0;   // of the average, at first
  double average_seconds_ = 0;  // a MiB
  core::Instant deaf_until_{};  // what was sent before a cut says nothing about the new limit
};

}  // namespace outrider::sinks::elasticsearch
