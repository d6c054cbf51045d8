// The query of a URL as typed values. Unknown and repeated keys are errors, so that a slip is not taken for
// the default.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::api {

struct TimelineQuery {
  std::uint64_t after = 0;
  core::Duration wait{};
};

inline constexpr core::Duration longest_wait = std::chrono::seconds(50);  // below a server's own limit

// "after=12&wait=30s"; wait also as bare seconds, "wait=30".
core::Outcome<TimelineQuery> read_timeline_query(std::string_view query);

// "check=rpo&require=level%3E%3DL3&expect_wal=40GB&override_by=…&override_reason=…&override_until=…"
core::Outcome<core::GateQuestion> read_gate_query(std::string_view query);

// "catalog=main&without=restore&without=notifier"
core::Outcome<core::AlarmQuestion> read_alarm_query(std::string_view query);

// "for=1h" of a beginning; an end takes nothing.
core::Outcome<core::MaintenanceQuestion> read_maintenance_query(std::string_view query, bool begin);

// "sink=elasticsearch+es%3A9200&id=…"
core::Outcome<core::ParkedQuestion> read_parked_query(std::string_view query);

}  // namespace outrider::api
