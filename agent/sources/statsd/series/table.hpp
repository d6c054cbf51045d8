// All that was said so far: series, with a bound. What comes when they are as many as they may be goes into
// one series of its family, `series="other"`, and is counted. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/sources/statsd/series/line.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace outrider::sources::statsd {

struct Bounds {
  std::size_t series = 10'000;    // that are shown: a histogram is as many as it has buckets, and two
  core::Duration forget_after{};  // one of which nothing was heard for so long; 0: none is
  std::vector<double> buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
};

class Table {
 public:
  explicit Table(Bounds bounds) : bounds_(std::move(bounds)) {}

  enum class Fate : std::uint8_t {
    taken,
    folded,    // into `other`
    no_room,   // it is nowhere: a gauge, which adds up to nothing; a member of a set; a family of its own
    conflict,  // it is nowhere: its name is that of a family of another type
  };
  Fate add(const Line& line, core::Instant now);

  // How many are shown.
  std::size_t series() const { return used_; }

  // Ends the minute of sets, and forgets what is old. True when one has ended: what is shown may be another.
  bool turn(core::Instant now);
  void put(telemetry::FamilyWriter& out) const;

 private:
  struct Series {
    telemetry::Labels labels;
    core::Instant heard{};
    double value = 0;             // of a counter, a gauge; the sum of a histogram
    std::vector<double> buckets;  // of a histogram: each by itself, the last is beyond all bounds
    std::unordered_set<std::uint64_t> members;  // of a set, in this minute
    std::size_t last_members = 0;               // in the one before
  };
  struct Family {
    Kind kind;
    std::map<std::string, Series> series;  // by their labels
  };

  Fate place(Family& family, const Line& line, core::Instant now);
  bool take(Series& series, const Line& line, core::Instant now);  // false: a set is full
  void end_minute(core::Instant now);
  void forget(core::Instant now);
  std::size_t cost_of(Kind kind) const;
  void put_histogram(telemetry::FamilyWriter& out, std::size_t place, const Series& series) const;

  Bounds bounds_;
  std::map<std::string, Family> families_;
  std::size_t used_ = 0;
  std::size_t members_ = 0;
  core::Instant minute_{};
};

}  // namespace outrider::sources::statsd
