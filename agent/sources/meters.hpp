// What each metric source says of itself: is it up, how long did it take, how much did it bring, what went
// wrong. And the labels that what it brings is stamped with.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/resource.hpp"
#include "agent/telemetry/metrics.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace outrider::sources {

class Meters {
 public:
  enum class Trouble : std::uint8_t { unreachable, timeout, status, parse, sample_limit };

  Meters(::prometheus::Registry& registry, const std::string& target);

  void show(bool up, std::uint64_t samples, core::Duration took);
  void count(Trouble trouble);
  void count_duplicates(std::uint64_t samples);

 private:
  ::prometheus::Gauge& up_;
  ::prometheus::Gauge& duration_;
  ::prometheus::Gauge& samples_;
  std::array<::prometheus::Counter*, 5> errors_{};
  ::prometheus::Counter* duplicates_ = nullptr;
};

// With service, namespace and environment where they are set and not among them.
telemetry::Labels stamped(telemetry::Labels labels, const core::Resource& resource);

}  // namespace outrider::sources
