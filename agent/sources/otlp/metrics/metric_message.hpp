// A metric of OTLP and its data points, read where they lie. These throw what protozero throws.
#pragma once

#include "agent/telemetry/otlp/walk.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sources::otlp {

struct Metric {
  enum class Kind : std::uint8_t { none, gauge, sum, histogram, exponential, summary };
  enum class Temporality : std::uint8_t { unspecified, delta, cumulative };

  std::string_view name, description, unit;
  Kind kind = Kind::none;
  Temporality temporality = Temporality::unspecified;
  bool is_monotonic = false;
  std::string_view data;  // with its points in field 1
};

Metric read_metric(std::string_view message);

// One data point, whatever its metric is; what it has not is empty.
struct Point {
  static constexpr std::size_t most_buckets = 400;  // of each kind: what is beyond is not kept

  // What is in an exponential histogram on one side of zero.
  struct Side {
    std::int32_t offset = 0;
    std::vector<std::uint64_t> counts;
  };

  std::vector<std::string_view> attributes, exemplars;
  std::uint64_t began = 0, time = 0;  // in nanoseconds since 1970
  bool is_empty = false;              // it only says that there is nothing any more
  bool is_too_large = false;
  std::optional<double> value;  // of a number; the sum of the others
  std::uint64_t count = 0;
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
  std::vector<std::pair<double, double>> quantiles;
  std::int32_t scale = 0;
  std::uint64_t zeros = 0;
  Side positive, negative;
};

void read_point(std::string_view message, Metric::Kind kind, Point& point);

struct ExemplarView {
  std::uint64_t time = 0;
  double value = 0;
  std::string_view trace, span;  // ids as they are: 16 and 8 bytes
};

ExemplarView read_exemplar(std::string_view message);

// Calls `visit` with each of its points as a message.
template <class Visit>
void walk_points(const Metric& metric, const Visit& visit) {
  if (metric.kind != Metric::Kind::none) telemetry::otlp::walk(metric.data, 1, visit);
}

}  // namespace outrider::sources::otlp
