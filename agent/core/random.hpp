// Randomness comes in through this interface, so that one seed repeats a whole run.
#pragma once

#include <cstdint>

namespace outrider::core {

class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual std::uint64_t next() = 0;

  // In [0, 1).
  double share() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  // In [0, bound); 0 when bound is 0.
  std::uint64_t below(std::uint64_t bound) {
    return bound == 0 ? 0 : static_cast<std::uint64_t>(share() * static_cast<double>(bound));
  }
};

}  // namespace outrider::core
