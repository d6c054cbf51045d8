// What was said last of each series, with a bound. What is new when they are as many as they may be goes into
// one series of its family, `series="other"`, where it adds up, and is counted. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/sources/otlp/names/metric_names.hpp"
#include "agent/sources/otlp/series/classic_buckets.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace outrider::sources::otlp {

struct SeriesBounds {
  // That are shown: a histogram is as many as it has buckets, and three.
  std::size_t series = 10'000;
  core::Duration forget_after = std::chrono::minutes(5);  // one of which nothing was heard for so long
};

// What is said of a series.
struct Said {
  std::string_view labels;             // labels_text()
  std::uint64_t began = 0, time = 0;   // in nanoseconds since 1970
  bool is_delta = false;               // it is what came since the one before
  bool are_powers = false;             // of a histogram: power_buckets()
  std::optional<double> value;         // of a summary or a histogram its sum
  double count = 0;                    // of a summary
  ClassicBuckets buckets;              // of a histogram; of a summary quantiles and their values
  std::vector<std::string> exemplars;  // one a bucket, or one; where it has none, empty
};

class SeriesTable {
 public:
  explicit SeriesTable(SeriesBounds bounds) : bounds_(bounds) {}

  struct FamilyView {
    MetricName name;
    telemetry::MetricType type;
    std::string_view help;
  };
  enum class Fate : std::uint8_t {
    taken,
    folded,    // into `other`
    repeated,  // it was added before: its sender did not hear that it came
    no_room,   // it is nowhere: what does not add up, and a family of its own
    conflict,  // it is nowhere: its name is that of a family of another type
  };
  Fate add(const FamilyView& family, const Said& said, core::Instant now);
  // Its sender says that there is nothing any more.
  void end(std::string_view family, std::string_view labels);

  std::size_t series() const { return used_; }

  // Those of which nothing was heard for long. True when there were some.
  bool forget(core::Instant now);
  void put(telemetry::FamilyWriter& out) const;

 private:
  struct Series {
    core::Instant heard{};
    std::uint64_t began = 0, time = 0;
    std::size_t cost = 0;
    std::optional<double> value;
    double count = 0;
    ClassicBuckets buckets;
    std::vector<std::string> exemplars;
  };
  // What was counted of one that is part of `other`.
  struct Folded {
    core::Instant heard{};
    std::size_t cost = 0;
    std::uint64_t began = 0;
    double value = 0;
    ClassicBuckets so_far;
  };
  struct Family {
    telemetry::MetricType type;
    std::string help, unit;
    std::map<std::string, Series, std::less<>> series;  // by their labels
    std::unordered_map<std::uint64_t, Folded> folded;   // by the hash of theirs
  };

  Family* family_of(const FamilyView& view, std::size_t cost);
  Fate fold(Family& family, const Said& said, core::Instant now);
  bool make_delta(Family& family, const Said& said, Said& more, core::Instant now);
  void settle(Series& series, telemetry::MetricType type);
  static void take(Series& series, const Said& said, core::Instant now);
  static bool may_fold(const Family& family, const Said& said);
  static void put(telemetry::FamilyWriter& out, std::size_t place, telemetry::MetricType type,
                  std::string_view labels, const Series& series);
  void remove_empty();

  SeriesBounds bounds_;
  std::map<std::string, Family, std::less<>> families_;
  std::size_t used_ = 0;
  std::size_t folded_ = 0;  // in all families, by what they cost
};

}  // namespace outrider::sources::otlp
