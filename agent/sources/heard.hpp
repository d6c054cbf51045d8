// A metric source that is told by senders who keep what they say until they hear that it came.
#pragma once

#include "agent/sources/shelf.hpp"

namespace outrider::sources {

class HeardMetrics : public MetricSource {
 public:
  virtual KeepingIntake& intake() = 0;
};

}  // namespace outrider::sources
