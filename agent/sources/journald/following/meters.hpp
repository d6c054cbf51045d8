// What is shown of a journal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
class Counter;
class Gauge;
template <class T>
class Family;
}  // namespace prometheus

namespace outrider::sources::journald {

// Of one lane.
struct LaneMeters {
  LaneMeters(::prometheus::Registry& registry, const std::string& source, const std::string& sink);
  // A reload may end this source, and what is read no more must not look as if it still could not be.
  ~LaneMeters();
  LaneMeters(const LaneMeters&) = delete;
  LaneMeters& operator=(const LaneMeters&) = delete;

  ::prometheus::Family<::prometheus::Gauge>& open_family;
  ::prometheus::Family<::prometheus::Gauge>& behind_family;

  ::prometheus::Gauge* open;
  ::prometheus::Gauge* behind_seconds;
  ::prometheus::Counter* read;
  ::prometheus::Counter* gaps;
  ::prometheus::Counter* gap_entries;
  ::prometheus::Counter* damaged_entries;
};

::prometheus::Gauge& unreadable_files_meter(::prometheus::Registry& registry, const std::string& source);

}  // namespace outrider::sources::journald
