// Maintenance windows, freezes and days that matter more: what holds at a moment, and when that changes next.
// Pure: the wall clock comes in with every call.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/season.hpp"
#include "agent/health/calendar/zone.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace outrider::health {

// Again and again: "every day at 03:00 for 1h", by the clocks of the zone.
struct MaintenanceWindow {
  std::array<bool, 7> days{};  // Monday first
  core::Duration at{};         // since midnight
  core::Duration length{};
  std::string reason;  // may be empty
};

// Once: "the exams, from … to …".
struct Occasion {
  std::string name;
  LocalTime from{};
  LocalTime to{};
  bool freeze = false;
  bool raised = false;
};

// Begun by an operator, for a while.
struct AdHoc {
  core::WallTime until{};
  std::string reason;
  std::string by;
};

struct CalendarSettings {
  std::vector<MaintenanceWindow> maintenance;
  std::vector<Occasion> occasions;
};

struct Outlook {
  core::Season season;
  std::optional<core::WallTime> changes_at;  // the next moment at which it may be another; nothing: never
};

class Calendar {
 public:
  Calendar(CalendarSettings settings, Zone zone) : settings_(std::move(settings)), zone_(std::move(zone)) {}

  Outlook look(core::WallTime now, const std::optional<AdHoc>& ad_hoc) const;

 private:
  CalendarSettings settings_;
  Zone zone_;
};

}  // namespace outrider::health
