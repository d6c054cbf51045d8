// Straight lines through what the drills took.
#include "agent/core/seconds.hpp"
#include "agent/recovery/forecast/forecast.hpp"

#include <algorithm>
#include <vector>

namespace outrider::recovery {
namespace {

struct Point {
  double amount = 0;  // bytes
  double seconds = 0;
};

// Of sorted values, between neighbours in proportion.
double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

struct Line {
  double fixed = 0, per_byte = 0;
};

// Theil and Sen: the median of all slopes between two points stays calm when one drill was odd. Where the
// amounts are all alike a slope means nothing, and time is taken to grow with the amount alone.
Line line_through(const std::vector<Point>& points) {
  std::vector<double> slopes, ratios, amounts;
  for (std::size_t i = 0; i < points.size(); ++i) {
    ratios.push_back(points[i].seconds / points[i].amount);
    amounts.push_back(points[i].amount);
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double run = points[j].amount - points[i].amount;
      if (std::abs(run) < 0.1 * std::max(points[i].amount, points[j].amount)) continue;
      slopes.push_back((points[j].seconds - points[i].seconds) / run);
    }
  }
  Line line{0, quantile(ratios, 0.5)};
  const bool spread = *std::max_element(amounts.begin(), amounts.end()) >=
                      1.5 * *std::min_element(amounts.begin(), amounts.end());
  if (points.size() < 2 || slopes.empty() || !spread) return line;
  const double slope = quantile(slopes, 0.5);
  if (slope <= 0) return line;
  std::vector<double> rest;
  for (const Point& point : points) rest.push_back(point.seconds - slope * point.amount);
  const double fixed = quantile(rest, 0.5);
  if (fixed < 0) return line;
  return {fixed, slope};
}

// Only what was restored whole says how long a restore takes; the last ones say how long it takes today.
bool comparable(const DrillRecord& record, const std::string& catalog) {
  return record.catalog == catalog && record.finding != Finding::could_not_verify &&
         record.restored_bytes > 0 && record.phase("fetch") > core::Duration{};
}
constexpr std::size_t most_drills = 30;

double low_rate(const std::vector<Point>& points) {
  std::vector<double> rates;
  for (const Point& point : points) rates.push_back(point.amount / point.seconds);
  return quantile(rates, 0.1);
}

double expected_of(const Rates& rates, const DrillRecord& record) {
  double seconds = rates.fixed;
  seconds += rates.fetch_per_byte.value_or(0) * static_cast<double>(record.restored_bytes);
  const double replay = rates.replay_per_byte.value_or(0) * static_cast<double>(record.replayed_bytes);
  return seconds + std::max(replay, rates.segment_overhead * static_cast<double>(record.replayed_segments));
}

double taken_by(const DrillRecord& record) {
  double seconds = 0;
  for (const char* const name : {"find", "fetch", "start", "replay", "promote"})
    seconds += core::to_seconds(record.phase(name));
  return seconds;
}

}  // namespace

Rates rates_of(const std::vector<DrillRecord>& drills, const std::string& catalog, core::WallTime,
               const std::vector<ReplaySample>& samples) {
  Rates rates;
  std::vector<const DrillRecord*> used;
  for (auto record = drills.rbegin(); record != drills.rend() && used.size() < most_drills; ++record) {
    if (comparable(*record, catalog)) used.push_back(&*record);
  }
  if (used.empty()) return rates;
  rates.drills = used.size();
  rates.newest = used.front()->ended;

  std::vector<Point> fetches, replays;
  std::vector<double> others, overheads;
  for (const DrillRecord* const record : used) {
    fetches.push_back(
        {static_cast<double>(record->restored_bytes), core::to_seconds(record->phase("fetch"))});
    const double replay = core::to_seconds(record->phase("replay"));
    if (record->replayed_bytes > 0 && replay > 0)
      replays.push_back({static_cast<double>(record->replayed_bytes), replay});
    if (record->replayed_segments > 0 && replay > 0)
      overheads.push_back(replay / static_cast<double>(record->replayed_segments));
    others.push_back(taken_by(*record) - fetches.back().seconds - replay);
  }
  for (const ReplaySample& sample : samples)
    replays.push_back({static_cast<double>(sample.bytes), core::to_seconds(sample.took)});
  const Line fetch = line_through(fetches);
  rates.fetch_per_byte = fetch.per_byte;
  rates.fetch_rate_low = low_rate(fetches);
  rates.fixed = quantile(others, 0.5) + fetch.fixed;
  if (!replays.empty()) {
    const Line replay = line_through(replays);
    rates.replay_per_byte = replay.per_byte;
    rates.replay_rate_low = low_rate(replays);
    rates.fixed += replay.fixed;
  }
  if (!overheads.empty()) rates.segment_overhead = quantile(overheads, 0);

  std::vector<double> slowness;
  for (const DrillRecord* const record : used) {
    const double expected = expected_of(rates, *record);
    if (expected > 0) slowness.push_back(taken_by(*record) / expected);
  }
  rates.slow = std::max(1.0, quantile(slowness, 0.9));
  rates.fast = std::min(1.0, quantile(slowness, 0.1));
  // Few drills have not seen a bad day yet.
  if (used.size() < 5) rates.slow *= 1 + 0.1 * static_cast<double>(5 - used.size()) / 2;
  return rates;
}

}  // namespace outrider::recovery
