// Log lines follow what is decided of the trace that they name: which of them wait for it, and what becomes
// of those that come when it is known. On the carry river.
#pragma once

#include "agent/pipeline/follow/judged_traces.hpp"
#include "agent/pipeline/ledger/ledger.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/tracing/following.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {

// What its records take, however they are put together.
std::int64_t bytes_of_lines(const telemetry::Batch& batch);

// The trace that a document names, if it does.
std::optional<tracing::TraceKey> trace_named_in(std::string_view document);

class Following {
 public:
  Following(core::Clock& clock, ::prometheus::Registry& registry, tracing::FollowSettings settings);

  // Before the first line. Null: nothing is ever decided.
  void follow(JudgedTraces* traces) { traces_ = traces; }
  // Where lines wait that cannot be read again; null: none can.
  void hold_in(Spool& held);
  Spool* held() const { return held_; }

  const tracing::FollowSettings& settings() const { return settings_; }
  bool goes_on(tracing::LineFate fate) const { return tracing::goes_on(settings_, fate); }

  // The trace for which a line may have to wait.
  std::optional<tracing::TraceKey> trace_of(const telemetry::Record& record) const;

  // What becomes of a line that waits. Before anything is done by it, what was decided must be on the disk.
  tracing::LineFate fate_of(const std::optional<tracing::TraceKey>& trace, core::Instant since,
                            bool is_crowded) const;
  void judge_due() const;
  core::Task<core::Outcome<>> write_down() const;
  void count(tracing::LineFate fate, std::uint64_t lines);

  // Of lines that come: which go on at once, which wait, and how much was let go.
  struct Split {
    telemetry::Batch onward, held;
    Amount let_go;
  };
  Split split(telemetry::Batch batch, bool has_room);

  // More lines, or fewer, that wait in memory, since they can be read again.
  void hold_in_memory(std::int64_t lines, std::int64_t bytes);
  bool memory_is_crowded() const;
  // The same of those that cannot, from when they are taken until they have gone on: their spool forgets them
  // a little later.
  void hold_on_disk(std::int64_t bytes);
  bool disk_is_crowded() const { return bytes_on_disk_ > static_cast<std::int64_t>(settings_.most_bytes); }
  bool disk_has_room(const telemetry::Batch& batch) const;
  void show();

 private:
  core::Clock& clock_;
  tracing::FollowSettings settings_;
  JudgedTraces* traces_ = nullptr;
  Spool* held_ = nullptr;
  std::int64_t lines_in_memory_ = 0, bytes_in_memory_ = 0, bytes_on_disk_ = 0;
  ::prometheus::Gauge& held_lines_;
  ::prometheus::Gauge& held_bytes_;
  std::array<::prometheus::Counter*, tracing::line_fate_count> fates_{};
};

}  // namespace outrider::pipeline
