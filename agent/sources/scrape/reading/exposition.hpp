// Reads what targets show of themselves: Prometheus text 0.0.4 and OpenMetrics 1.0. Strict and bounded:
// whatever it is given, it ends in time linear to the input, and an answer is whole or an error that names
// the line.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/metrics.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::sources {

struct ParseLimits {
  std::uint64_t samples = 50'000;  // more: `exhausted`
  std::uint32_t labels = 64;       // on one sample
  std::uint32_t name_bytes = 1024;
  std::uint32_t value_bytes = 16 * 1024;
  std::uint32_t families = 20'000;
};

// `added` labels are stamped on every sample that does not carry one of that name itself.
core::Outcome<telemetry::FamilySet> parse_exposition(std::string_view text, telemetry::Format format,
                                                     const telemetry::Labels& added,
                                                     const ParseLimits& limits = {});

}  // namespace outrider::sources
