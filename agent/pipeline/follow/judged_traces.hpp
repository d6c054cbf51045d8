// Whoever decides of traces whether they are worth keeping, as those see it that follow. On the carry river.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/tracing/trace_key.hpp"

#include <optional>

namespace outrider::pipeline {

class JudgedTraces {
 public:
  JudgedTraces() = default;
  JudgedTraces(const JudgedTraces&) = delete;
  JudgedTraces& operator=(const JudgedTraces&) = delete;
  virtual ~JudgedTraces() = default;

  // Traces whose time has come are judged.
  virtual void judge_due() = 0;

  // Whether it is kept; nothing: that is not decided yet. It holds after a crash only once it is on the disk.
  virtual std::optional<bool> decided(tracing::TraceKey trace) const = 0;
  virtual bool all_on_disk() const = 0;

  // When it returns, all is on the disk that was decided before it was called. An error: perhaps it is not.
  virtual core::Task<core::Outcome<>> write_down() = 0;
};

}  // namespace outrider::pipeline
