// What services say over StatsD and DogStatsD, as series of our page.
#pragma once

#include "agent/sources/shelf.hpp"
#include "agent/sources/statsd/series/table.hpp"

#include <memory>
#include <string>

namespace outrider::sources::statsd {

struct Settings {
  std::string listen;  // host:port
  Bounds bounds;
  telemetry::Labels labels;
};

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::statsd
