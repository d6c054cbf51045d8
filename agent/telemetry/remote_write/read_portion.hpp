// A portion taken apart, to be written in another protocol: its families, and their series with samples and
// exemplars. All texts look into it.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace outrider::telemetry::remote_write {

using ReadLabel = std::pair<std::string_view, std::string_view>;

struct ReadFamily {
  std::uint32_t type = 0;  // as MetricType
  std::string_view name, help, unit;
};

// A sample, or an exemplar.
struct ReadPoint {
  std::vector<ReadLabel> labels;  // of an exemplar
  double value = 0;
  std::int64_t milliseconds = 0;
};

struct ReadSeries {
  std::size_t family = 0;
  std::vector<ReadLabel> labels;  // by name
  std::vector<ReadPoint> samples, exemplars;

  std::string_view label(std::string_view name) const;  // empty: it has none
  std::string_view name() const { return label("__name__"); }
  // The same for all series of a family that differ in their name, `le` and `quantile` only.
  std::uint64_t group() const;
};

class ReadPortion {
 public:
  static core::Outcome<ReadPortion> of(std::string_view plain);

  const std::vector<ReadSeries>& series() const { return series_; }
  const ReadFamily& family_of(const ReadSeries& series) const { return families_[series.family]; }
  // When what it counts began, as another series of its family says (`_created`); 0: nobody says.
  std::int64_t created_milliseconds(const ReadSeries& series) const;
  bool is_creation(const ReadSeries& series) const;

 private:
  void read(std::string_view plain);
  void note_creation(const ReadSeries& series);

  std::vector<ReadFamily> families_;  // the first is of those of which nothing is known
  std::vector<ReadSeries> series_;
  std::unordered_map<std::uint64_t, std::int64_t> created_;
};

}  // namespace outrider::telemetry::remote_write
