#include "agent/sources/otlp/series/classic_buckets.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace outrider::sources::otlp {
namespace {

constexpr std::int64_t highest_power = 1024;  // 2^1024 is beyond all numbers
constexpr std::int64_t lowest_power = -1074;  // of the smallest number
constexpr std::size_t most_powers = 200;
constexpr std::int32_t most_scale = 20, least_scale = -11;  // the former as the protocol has it

// Between which powers of two the bucket of that index is.
struct Powers {
  std::int64_t below, above;
};

Powers powers_around(std::int64_t index, std::int32_t scale) {
  const std::int64_t width = scale >= 0 ? 1 : std::int64_t{1} << -scale;
  const std::int64_t below = scale >= 0 ? index >> scale : index * width;
  return {std::clamp(below, lowest_power, highest_power),
          std::clamp(below + width, lowest_power, highest_power)};
}

}  // namespace

std::optional<std::string_view> explicit_buckets(const Point& point, ClassicBuckets& made) {
  if (point.is_too_large) return "a histogram has at most 400 buckets";
  made.bounds = point.bounds;
  made.counts.assign(point.counts.begin(), point.counts.end());
  if (made.counts.empty()) {
    made.bounds.clear();
    made.counts = {static_cast<double>(point.count)};
  }
  if (made.counts.size() != made.bounds.size() + 1)
    return "a histogram must have one bucket more than it has bounds";
  const auto is_wrong = [](double one, double next) { return !(one < next); };
  if (std::ranges::adjacent_find(made.bounds, is_wrong) != made.bounds.end() ||
      std::ranges::any_of(made.bounds, [](double bound) { return std::isnan(bound); }))
    return "a histogram's bounds must be in order";
  if (!made.bounds.empty() && std::isinf(made.bounds.back()) && made.bounds.back() > 0) {
    made.bounds.pop_back();  // the last bucket is that one anyway
    made.counts[made.counts.size() - 2] += made.counts.back();
    made.counts.pop_back();
  }
  return std::nullopt;
}

std::optional<std::string_view> power_buckets(const Point& point, ClassicBuckets& made) {
  if (point.is_too_large || point.scale < least_scale || point.scale > most_scale)
    return "an exponential histogram has at most 400 buckets, and a scale from -11 to 20";
  const std::uint64_t below =
      std::accumulate(point.negative.counts.begin(), point.negative.counts.end(), std::uint64_t{0});
  std::map<std::int64_t, double> powers;
  for (std::size_t at = 0; at < point.positive.counts.size(); ++at) {
    const std::int64_t index = std::int64_t{point.positive.offset} + static_cast<std::int64_t>(at);
    const std::uint64_t count = point.positive.counts[at];
    if (count == 0) continue;
    const Powers around = powers_around(index, point.scale);
    powers[around.above] += static_cast<double>(count);
    powers.try_emplace(around.below);
  }
  made.bounds = {0};
  made.counts = {static_cast<double>(below + point.zeros)};
  double beyond = 0;
  if (powers.size() > most_powers) return "an exponential histogram may have 200 powers of two";
  for (const auto& [power, count] : powers) {
    if (power == highest_power) {
      beyond = count;
      continue;
    }
    made.bounds.push_back(std::ldexp(1.0, static_cast<int>(power)));
    made.counts.push_back(count);
  }
  made.counts.push_back(beyond);
  return std::nullopt;
}

void merge_powers(ClassicBuckets& sum, const ClassicBuckets& more) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::map<double, double> all;
  for (const ClassicBuckets* const one : {&std::as_const(sum), &more}) {
    for (std::size_t at = 0; at < one->counts.size(); ++at)
      all[at < one->bounds.size() ? one->bounds[at] : infinity] += one->counts[at];
  }
  sum.bounds.clear();
  sum.counts.clear();
  for (const auto& [bound, count] : all) {
    if (bound != infinity) sum.bounds.push_back(bound);
    sum.counts.push_back(count);
  }
}

}  // namespace outrider::sources::otlp
