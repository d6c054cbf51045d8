// A histogram of OTLP as Prometheus' classic ones: bounds, and how many are in each bucket by itself. Pure.
#pragma once

#include "agent/sources/otlp/metrics/metric_message.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace outrider::sources::otlp {

struct ClassicBuckets {
  std::vector<double> bounds;  // in order
  std::vector<double> counts;  // one more: the last is beyond all bounds
};

// Why it cannot be; nothing: it is in `made`.
std::optional<std::string_view> explicit_buckets(const Point& point, ClassicBuckets& made);

// Of an exponential histogram, whose buckets become those between powers of two: exact where its scale is 0
// or more, and the same bounds whatever its scale is, so that two of them can be added up. Zeros and what is
// below them are in one bucket up to 0.
std::optional<std::string_view> power_buckets(const Point& point, ClassicBuckets& made);

// Adds what `more` has to `sum`, bucket by bucket; bounds that only one of them has are taken over.
void merge_powers(ClassicBuckets& sum, const ClassicBuckets& more);

}  // namespace outrider::sources::otlp
