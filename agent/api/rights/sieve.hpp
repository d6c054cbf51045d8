// Lets the first few of a flood through, and counts the others: a guessing stranger must not fill the
// journal. Pure.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <optional>

namespace outrider::api {

class Sieve {
 public:
  // Nothing: leave this one out. Else how many were left out since the last one that went through.
  std::optional<std::uint64_t> let_through(core::Instant now);

 private:
  std::optional<core::Instant> window_began_;
  std::uint32_t in_window_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace outrider::api
