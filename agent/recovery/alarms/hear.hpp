// Lets the watch's own judges look at a scene: the real walk, verifier, exposure, judges and series, with a
// memory, a clock and a registry of their own.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/os/files.hpp"
#include "agent/recovery/alarms/alarm.hpp"
#include "agent/recovery/alarms/feign/plant.hpp"

#include <string>

namespace outrider::recovery {

struct HearTools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  core::Log& log;
  catalogs::Catalog& catalog;  // the real one
  std::string memory_file;     // of the verifier; removed again
  std::string cluster;
};

// Fills the scene's listing and chain when it has none. An Error: the catalog could not be read.
core::Task<core::Outcome<Heard>> hear(HearTools tools, Scene& scene);

// By how much the series of an alert would be over its limit after this drill.
double over_after(const DrillRecord& record, Alarm alarm);

}  // namespace outrider::recovery
