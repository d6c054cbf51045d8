// From a request of metrics to what is known of their series. Pure.
#pragma once

#include "agent/sources/otlp/metrics/metric_request.hpp"
#include "agent/sources/otlp/names/series_labels.hpp"
#include "agent/sources/otlp/series/series_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::sources::otlp {

class MetricTeller {
 public:
  // See SeriesLabels; all outlive it.
  MetricTeller(SeriesTable& table, const core::Resource& ours, const telemetry::Labels& added)
      : table_(table), labels_(ours, added) {}

  // Of a request one metric after the other.
  void tell(const MetricPlace& place, core::Instant now);

  // Of all that was told.
  std::uint64_t points() const { return points_; }
  std::uint64_t folded() const { return folded_; }
  std::uint64_t repeated() const { return repeated_; }
  const Kept& kept() const { return kept_; }

 private:
  using FamilyView = SeriesTable::FamilyView;

  void begin(const MetricPlace& place, core::Instant now);
  void tell_point(std::string_view message, const Metric& metric, const FamilyView& family,
                  core::Instant now);
  // Why it cannot be taken; empty: it was.
  std::string_view take(const Metric& metric, const FamilyView& family, core::Instant now);
  std::string_view read_amounts(const Metric& metric);
  std::string_view read_quantiles();
  void read_exemplars();
  std::string_view account_for(SeriesTable::Fate fate);
  void refuse(std::string_view why, std::string_view metric);

  SeriesTable& table_;
  SeriesLabels labels_;
  std::string_view resource_;  // whose points are told; where it lies says which it is
  bool has_begun_ = false;
  Point point_;
  Said said_;
  std::string text_;
  std::uint64_t points_ = 0, folded_ = 0, repeated_ = 0;
  Kept kept_;
};

}  // namespace outrider::sources::otlp
