// recovery.alarms in the configuration: whom to ask whether a notification goes out, and how often to drill.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"

#include <string>

namespace outrider::recovery {

struct AlarmSettings {
  std::string prometheus;    // its address; empty: whether alarms reach people is not asked
  std::string alertmanager;  // the same
  std::string receiver;      // that must be among those it goes to; empty: any
  core::Duration wait = std::chrono::minutes(5);
  core::Duration every{};  // 0: only when somebody asks

  bool asks() const { return !prometheus.empty() && !alertmanager.empty(); }
};

config::Kind<AlarmSettings> alarm_settings_kind();

}  // namespace outrider::recovery
