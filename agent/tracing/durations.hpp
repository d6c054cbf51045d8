// How long things took, in classes, and how that is shown.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrider::tracing {

using Bounds = std::vector<core::Duration>;  // ascending

// Which class so long a time is of; the last has no bound.
std::size_t class_of(const Bounds& bounds, std::uint64_t ns);

struct Durations {
  std::vector<std::uint64_t> classes;  // not summed up; empty, or one more than there are bounds
  std::uint64_t sum_ns = 0;

  void add(const Bounds& bounds, std::uint64_t ns);
};

// In a unit of so many nanoseconds. `exemplars`: of each class, as it is written; none, or empty where it has
// none.
struct Showing {
  const Bounds& bounds;
  double unit_ns;
  std::span<const std::string> exemplars{};
};
void put(telemetry::FamilyWriter& out, telemetry::FamilyWriter::Place family, const Durations& durations,
         const Showing& showing, std::span<const telemetry::LabelView> labels);

}  // namespace outrider::tracing
