// An alarm drill: feigns one fault after the other, lets the watch's own judges look, and says of each alarm
// whether it fires and names what is wrong; and whether a notification reaches its receiver. Nothing live is
// ever touched: what is altered is a copy of what was seen, or lies in the drill's scratch directory.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/recovery/alarms/feign/plant.hpp"
#include "agent/recovery/alarms/hear.hpp"
#include "agent/recovery/alarms/notify/notifier.hpp"
#include "agent/recovery/alarms/record.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/ground/ground.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct AlarmOrder {
  std::string id;           // of the drill
  std::size_t catalog = 0;  // which of those that are configured
  bool restore = true;      // also what needs a real restore
  bool notifier = true;     // also whether a notification goes out
};

// The alarm drill that is wanted or under way, with what it said so far, and the last one's record.
struct AlarmDesk {
  std::optional<AlarmOrder> order;
  std::string actor, reason;
  std::vector<std::string> steps;
  std::optional<AlarmRecord> last;
};

struct AlarmTools {
  HearTools hear;
  net::Client* client = nullptr;
  std::function<std::unique_ptr<Ground>()> make_ground;
  // A real drill over these two; an Error when it may not begin. Its record is kept nowhere.
  std::function<core::Task<core::Outcome<DrillRecord>>(catalogs::Catalog&, Ground&)> drill;
  core::Duration restore_limit = std::chrono::hours(4);
  std::function<void(const std::string& id)> show;  // the series of the drill's own alert; empty: over
  Progress progress;
};

// Never throws but when cancelled; the series is gone then, too.
core::Task<AlarmRecord> drill_alarms(AlarmTools tools, AlarmSettings settings, AlarmOrder order, Scene scene);

}  // namespace outrider::recovery
