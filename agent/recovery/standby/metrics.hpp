// The series of the proof standby. They come with the first snapshot that has one, and go with it.
#pragma once

#include "agent/recovery/standby/status.hpp"

#include <memory>
#include <optional>
#include <string>

#include <prometheus/registry.h>

namespace outrider::recovery {

class StandbyMetrics {
 public:
  StandbyMetrics(prometheus::Registry& registry, std::string cluster);
  StandbyMetrics(const StandbyMetrics&) = delete;
  StandbyMetrics& operator=(const StandbyMetrics&) = delete;
  ~StandbyMetrics();

  // `loss`: what would be lost now of what it had come to; nothing: unknown.
  void show(const std::optional<StandbyStatus>& status, std::optional<core::Duration> loss);

 private:
  class Series;
  prometheus::Registry& registry_;
  std::string cluster_;
  std::unique_ptr<Series> series_;
};

}  // namespace outrider::recovery
