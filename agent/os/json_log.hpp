// The agent's own log: one JSON object a line, keys `time level room what` first, then the fields.
// A failure (warn, error) that repeats is written at once the first time, then counted; the last of the run
// is written with `repeated: N` when the period is over, when its room says something new, or when it stops.
// Two failures are the same when level, room, sentence and all text fields are; numbers may differ.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <memory>

namespace outrider::os {

enum class LogStyle { json, text };  // text: for a person at a terminal

struct LogOptions {
  core::Level level = core::Level::info;
  LogStyle style = LogStyle::json;
  bool colours = false;  // text only
  int descriptor = 2;    // borrowed
  core::Duration repeat_period = std::chrono::seconds(30);
};

struct LogCounts {
  std::uint64_t written = 0;
  std::uint64_t held_back = 0;  // as repetitions
  std::uint64_t dropped = 0;    // nobody read the pipe; said in the log once there is room again
};

// Never waits for its reader: what does not fit is kept up to 64 KiB, then dropped and counted.
class AgentLog : public core::Log {
 public:
  virtual void set_level(core::Level level) = 0;  // any thread
  virtual core::Level level() const = 0;
  virtual LogCounts counts() const = 0;

  // Writes the counts of repetitions that are due (all of them when `ending`), and what was kept back.
  virtual void flush(bool ending) = 0;

  // Calls flush() once a second until cancelled. Run it on either river.
  virtual core::Task<void> tend() = 0;
};

// The clock must outlive the log.
std::unique_ptr<AgentLog> make_json_log(core::Clock& clock, LogOptions options = {});

}  // namespace outrider::os
