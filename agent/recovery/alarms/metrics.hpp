// The series of alarm drills: what the last one said of each alarm, and the one that begins the drill's own
// alert. NaN is not known.
#pragma once

#include "agent/recovery/alarms/record.hpp"

#include <array>
#include <optional>
#include <string>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::recovery {

class AlarmMetrics {
 public:
  AlarmMetrics(prometheus::Registry& registry, std::string cluster);
  AlarmMetrics(const AlarmMetrics&) = delete;
  AlarmMetrics& operator=(const AlarmMetrics&) = delete;
  ~AlarmMetrics();

  void show(const AlarmRecord& record);
  // The drill that is under way; empty: none is. Its series, named after it, is there only meanwhile: the
  // alert of each drill is another one to Alertmanager, which would not tell the same one twice.
  void drilling(const std::string& id);

 private:
  std::string cluster_;
  prometheus::Family<prometheus::Gauge>&proven_family_, &time_family_, &drill_family_;
  std::array<prometheus::Gauge*, alarm_count> proven_{}, time_{};
  prometheus::Gauge *idle_ = nullptr, *drill_ = nullptr;
};

}  // namespace outrider::recovery
