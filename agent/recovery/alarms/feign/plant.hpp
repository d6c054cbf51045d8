// What the judges are given, and the faults that are feigned in it. Pure: a fault is a change of the scene,
// never of the world.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/recovery/alarms/alarm.hpp"
#include "agent/recovery/alarms/feign/feigned_catalog.hpp"
#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/evidence/judge.hpp"
#include "agent/recovery/exposure/exposure.hpp"

#include <optional>
#include <vector>

namespace outrider::recovery {

// A copy of what the watch knows when an alarm drill begins.
struct Scene {
  std::optional<Evidence> evidence;
  Track track;
  WatchPolicy policy;
  Objectives objectives;
  std::vector<DrillRecord> drills;
  std::vector<AcknowledgedCanary> canaries;
  core::Duration settles_within{};

  std::optional<catalogs::Listing> listing;  // filled by the look at the sound archive
  std::optional<ChainReport> chain;          // the same
  Feigned fault;
  core::Duration later{};  // so much time has gone by for the judges
};

// Changes the scene so that the alarm must fire; an Error says why it cannot be done here.
core::Outcome<Planted> plant(Alarm alarm, Scene& scene);

// A segment behind the newest set's own, with another behind it: index in the chain's path.
core::Outcome<std::size_t> segment_to_lose(const Scene& scene);

}  // namespace outrider::recovery
