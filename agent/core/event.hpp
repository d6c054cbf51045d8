// What happened, for people: an entry of the timeline that the status page, the API and incidents show.
// Rooms record events; the timeline (agent/incident) keeps a bounded number of them.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::core {

enum class EventKind {
  lifecycle,
  probe,
  health,
  decision,
  action,
  config,
  operator_command,
  trouble,
  incident,      // one was opened, or is over
  notification,  // people were told, or could not be
};
inline constexpr std::size_t event_kind_count = 10;

std::string_view name_of(EventKind kind);

struct Event {
  std::uint64_t sequence = 0;  // given by the timeline
  Instant at{};                // given by the timeline
  WallTime wall{};             // given by the timeline
  EventKind kind = EventKind::lifecycle;
  std::string subject;   // the service, probe or room it is about
  std::string sentence;  // "tests-api died: killed by signal 9 (SIGKILL)"
};

class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;

  virtual void record(EventKind kind, std::string subject, std::string sentence) = 0;
};

}  // namespace outrider::core
