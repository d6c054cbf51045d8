// The newest traces that are kept, each by the span through which it was entered.
#pragma once

#include "agent/core/traces/traces_status.hpp"
#include "agent/telemetry/otlp/span_view.hpp"
#include "agent/tracing/trace_key.hpp"

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

namespace outrider::tracing {

class Entries {
 public:
  static constexpr std::size_t most = 20;

  // They are of kept traces.
  void look(std::string_view request, core::WallTime now);

  std::vector<core::KeptTraceStatus> newest() const;

 private:
  struct Entry {
    TraceKey trace;
    bool by_root = false;  // nothing is above it, anywhere
    core::KeptTraceStatus shown;
  };

  void look_at(std::string_view resource, const telemetry::otlp::SpanView& span, core::WallTime now);

  std::deque<Entry> entries_;  // the newest first
};

}  // namespace outrider::tracing
