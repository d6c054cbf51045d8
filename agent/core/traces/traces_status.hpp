// What is known of the requests that were traced, for whoever looks at the agent.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace outrider::core {

struct OperationStatus {
  std::string service, name, kind;
  std::uint64_t calls = 0, failed = 0;
  Duration half{};  // half of the calls took no longer
  Duration most{};  // 95 of a hundred took no longer; both no more than the longest that is told apart

  bool operator==(const OperationStatus&) const = default;
};

// By the span through which it was entered.
struct KeptTraceStatus {
  std::string id;  // hexadecimal
  std::string service, name;
  WallTime came{};
  Duration took{};
  bool failed = false;  // somewhere in it

  bool operator==(const KeptTraceStatus&) const = default;
};

struct TracesStatus {
  Duration covers{};                        // for so long operations were counted
  std::vector<OperationStatus> operations;  // the busiest first
  std::vector<KeptTraceStatus> kept;        // the newest first
  std::size_t waiting = 0;                  // traces that are not judged yet
  std::string link;                         // where a trace is looked at, with {trace_id}; or empty

  bool operator==(const TracesStatus&) const = default;
};

}  // namespace outrider::core
