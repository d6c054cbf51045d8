// What spool.cpp and its neighbours share: the way to one sink, and the metrics.
#pragma once

#include "agent/pipeline/spool/spool.hpp"
#include "agent/telemetry/routes.hpp"

#include <deque>
#include <memory>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {

// A batch on the disk: what is read at once, and a block that the heap keeps rather than gives back to the
// kernel after each commit.
inline constexpr std::uint64_t most_joined_bytes = 512u << 10;
inline constexpr std::uint64_t most_pending_bytes = 4u << 20;  // in memory, when the disk is slow or full

struct Spool::Lane {
  explicit Lane(const Destination& to) : carrier(*to.carrier), name(to.name), takes_all(to.takes_all) {}

  telemetry::Share share_of(const telemetry::Batch& batch) const {
    return takes_all ? telemetry::Share{batch, 0, 0} : telemetry::share_of(batch, name);
  }

  struct Flight {
    std::uint64_t end;
    bool safe;
    const telemetry::Batch* batch = nullptr;  // as the sink has it
  };

  Carrier& carrier;
  std::string name;           // in the configuration, for routes
  bool takes_all;             // whatever its route
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

// The batches of one stream become one, in order, until it is large; those that are promised to their senders
// another one, and so do those whose routes are of another chain.
std::vector<telemetry::Batch> joined_by_stream(std::vector<telemetry::Batch> batches);

}  // namespace outrider::pipeline
