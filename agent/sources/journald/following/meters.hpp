// What is shown of a journal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
class Counter;
class Gauge;
}  // namespace prometheus

namespace outrider::sources::journald {

// Of one lane.
struct LaneMeters {
  LaneMeters(::prometheus::Registry& registry, const std::string& source, const std::string& sink);

  ::prometheus::Gauge* open;
  ::prometheus::Gauge* behind_seconds;
  ::prometheus::Counter* read;
  ::prometheus::Counter* gaps;
  ::prometheus::Counter* gap_entries;
  ::prometheus::Counter* damaged_entries;
};

::prometheus::Gauge& unreadable_files_meter(::prometheus::Registry& registry, const std::string& source);

}  // namespace outrider::sources::journald
