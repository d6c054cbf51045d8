// Metric families as one scrape brought them: every text in one arena, every sample a few numbers.
// The same model holds what a target exposed and what our own registry collected, so one serialiser serves
// both. Names are those of the text format ("x_total" for a counter); OpenMetrics' are made when writing.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry {

enum class MetricType : std::uint8_t {
  unknown,
  counter,
  gauge,
  histogram,
  gauge_histogram,
  summary,
  info,
  state_set,
};

std::string_view name_of(MetricType type);  // OpenMetrics' word

// What a sample's name adds to its family's.
enum class Suffix : std::uint8_t { none, bucket, count, sum, gauge_count, gauge_sum, created };

std::string_view text_of(Suffix suffix);

// A piece of the arena.
struct Piece {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

inline constexpr std::int64_t no_timestamp = std::numeric_limits<std::int64_t>::min();

struct Sample {
  double value = 0;
  double bound = 0;  // `le` of a bucket, `quantile` of a summary
  std::int64_t milliseconds = no_timestamp;
  std::uint64_t series = 0;  // hash of its labels without `le` and `quantile`, in any order
  Piece labels;              // a="b",c="d" escaped, without `le` and `quantile`
  Piece exemplar;            // {trace_id="…"} 1.5 1700000000.123, or nothing
  Suffix suffix = Suffix::none;
  bool has_bound = false;

  // The same for two samples of one family that would be one series.
  std::uint64_t identity() const;
};

struct Family {
  std::string name;
  std::string help;
  std::string unit;  // OpenMetrics only
  MetricType type = MetricType::unknown;
  std::vector<Sample> samples;  // those of one series together, its buckets by bound
};

struct FamilySet {
  std::vector<Family> families;  // no two with one name
  std::string arena;
  std::uint64_t sample_count = 0;
  std::uint64_t duplicates = 0;  // samples left out because their series was there already

  std::string_view text(Piece piece) const {
    return std::string_view(arena).substr(piece.offset, piece.length);
  }
};

using FamilySetPointer = std::shared_ptr<const FamilySet>;

struct Label {
  std::string name;
  std::string value;

  friend bool operator==(const Label&, const Label&) = default;
};
using Labels = std::vector<Label>;

// What the sources brought last, for the page that shows it. Lives on the carry river.
class Board {
 public:
  // Looks again unless what is shown is fresh; returns when that is done, however long it takes.
  using Freshen = std::function<core::Task<void>()>;

  struct Entry {
    std::string target;
    FamilySetPointer families;  // null: the target is down, nothing old is shown
    Freshen freshen;            // empty: it looks when it likes
  };

  std::size_t add(std::string target, Freshen freshen = {});
  void publish(std::size_t place, FamilySetPointer families);
  const std::vector<Entry>& entries() const { return entries_; }

  // Lets all who can look again do so at once. Who is not done within `patience` shows what they had.
  core::Task<void> freshen(core::Clock& clock, core::Duration patience) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace outrider::telemetry
