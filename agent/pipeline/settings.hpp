// What the configuration says of the upper river, and how it is written.
//   logs: {read: […], send_to: […]}      metrics: {scrape: […]}
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"
#include "agent/sinks/shelf.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/transforms/shelf.hpp"

#include <vector>

namespace outrider::pipeline {

transforms::Maker default_format();  // json

struct ReadSettings {
  sources::LogPlan source;
  transforms::Maker format = default_format();
};

struct LogSettings {
  std::vector<ReadSettings> read;
  std::vector<sinks::Plan> send_to;
};

struct Settings {
  LogSettings logs;
  std::vector<sources::MetricSourceMaker> scrape;
  core::Duration drain_for = std::chrono::seconds(5);
};

config::Kind<LogSettings> logs_kind();                                // of the key `logs`
config::Kind<std::vector<sources::MetricSourceMaker>> scrape_kind();  // of the key `metrics.scrape`

}  // namespace outrider::pipeline
