#include "agent/tracing/durations.hpp"

#include <algorithm>
#include <limits>

namespace outrider::tracing {

std::size_t class_of(const Bounds& bounds, std::uint64_t ns) {
  const core::Duration took(static_cast<std::int64_t>(std::min<std::uint64_t>(ns, INT64_MAX)));
  return static_cast<std::size_t>(std::ranges::lower_bound(bounds, took) - bounds.begin());
}

void Durations::add(const Bounds& bounds, std::uint64_t ns) {
  classes.resize(bounds.size() + 1);
  ++classes[class_of(bounds, ns)];
  sum_ns += ns;
}

void put(telemetry::FamilyWriter& out, telemetry::FamilyWriter::Place family, const Durations& durations,
         const Showing& showing, std::span<const telemetry::LabelView> labels) {
  std::vector<telemetry::BucketView> buckets;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < durations.classes.size(); ++i) {
    count += durations.classes[i];
    const bool is_last = i == showing.bounds.size();
    const double bound = is_last ? std::numeric_limits<double>::infinity()
                                 : static_cast<double>(showing.bounds[i].count()) / showing.unit_ns;
    buckets.push_back(
        {bound, count, i < showing.exemplars.size() ? showing.exemplars[i] : std::string_view()});
  }
  if (buckets.empty()) return;
  out.put_histogram(family, {buckets, static_cast<double>(durations.sum_ns) / showing.unit_ns}, labels);
}

}  // namespace outrider::tracing
