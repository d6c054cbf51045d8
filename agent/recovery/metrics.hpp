// The series of recovery, filled from a Snapshot. What is unknown is NaN, so that no rule and no panel can
// take it for 0; a series is absent only while recovery is not configured.
#pragma once

#include "agent/recovery/gate/snapshot.hpp"

#include <memory>
#include <string>

#include <prometheus/registry.h>

namespace outrider::recovery {

// They go when it goes.
class RecoveryMetrics {
 public:
  RecoveryMetrics(prometheus::Registry& registry, const std::string& cluster);
  RecoveryMetrics(const RecoveryMetrics&) = delete;
  RecoveryMetrics& operator=(const RecoveryMetrics&) = delete;
  ~RecoveryMetrics();

  void show(const Snapshot& snapshot);
  void drilled(const DrillRecord& record);  // once for each drill that ended
  void alarms_drilled(const AlarmRecord& record);
  void alarm_drilling(const std::string& id);  // empty: none is under way

 private:
  class Series;
  std::unique_ptr<Series> series_;
};

}  // namespace outrider::recovery
