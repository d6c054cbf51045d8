// Sources of spans, and where they put them. Their senders keep spans until they are told.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sources {

struct Tools;

// Where a trace source puts spans that their sender keeps until it is told.
class KeepingIntake {
 public:
  KeepingIntake() = default;
  KeepingIntake(const KeepingIntake&) = delete;
  KeepingIntake& operator=(const KeepingIntake&) = delete;
  virtual ~KeepingIntake() = default;

  // On the disk when it returns. An error: none of it was taken, and its sender may offer it again: `busy`
  // soon, `exhausted` after a while.
  virtual core::Task<core::Outcome<>> keep(telemetry::Batch batch) = 0;
};

inline constexpr std::string_view trace_stream = "traces";  // of all spans, however they came

class TraceSource {
 public:
  TraceSource() = default;
  TraceSource(const TraceSource&) = delete;
  TraceSource& operator=(const TraceSource&) = delete;
  virtual ~TraceSource() = default;

  // Listens until cancelled, or until it was told to finish and has answered what it was asked.
  virtual core::Task<void> run(KeepingIntake& intake) = 0;
  virtual void finish() = 0;
};

struct TracePlan {
  std::function<std::unique_ptr<TraceSource>(const Tools&)> make;
  std::uint64_t most_request_bytes = 0;  // what it may hand over at once
  // Files that it will read, each with its key below `listen`: `doctor` looks at them.
  std::vector<std::pair<std::string, std::string>> reads{};
};

}  // namespace outrider::sources
