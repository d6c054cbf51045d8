// What spool.cpp and its neighbours share: the way to one sink, and the metrics.
#pragma once

#include "agent/pipeline/spool/spool.hpp"

#include <deque>
#include <memory>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {

inline constexpr std::uint64_t most_pending_bytes = 4u << 20;  // in memory, when the disk is slow or full

struct Spool::Lane {
  Lane(Carrier& to, std::string called) : carrier(to), name(std::move(called)) {}

  struct Flight {
    std::uint64_t end;
    bool safe;
  };

  Carrier& carrier;
  std::string name;           // in the configuration, for routes
  std::uint64_t settled = 0;  // everything before is safe at the sink
  std::uint64_t pushed = 0;   // everything before was handed to the carrier
  std::deque<std::shared_ptr<Flight>> flights;
  bool reading = false;
  std::string trouble;
};

struct Spool::Meters {
  Meters(::prometheus::Registry& registry, const SpoolKind& kind, std::uint64_t most_bytes);

  ::prometheus::Gauge* bytes;
  ::prometheus::Gauge* records;
  ::prometheus::Counter* commits;
  ::prometheus::Counter* failures;
  ::prometheus::Counter* missing;
  std::array<::prometheus::Counter*, priority_count> shed{};
};

// The batches of one stream become one, in order; those that are promised to their senders another one.
std::vector<telemetry::Batch> joined_by_stream(std::vector<telemetry::Batch> batches);

}  // namespace outrider::pipeline
