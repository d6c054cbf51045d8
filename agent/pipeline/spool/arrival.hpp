// Waits until it is known what became of a batch.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/telemetry/record.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace outrider::pipeline {

struct Arrival {
  explicit Arrival(const async::Executor& executor) : bell(executor) {}
  std::optional<telemetry::Fate> fate;
  async::Bell bell;
};

// The batch's own, and told by its acknowledgement: it may be gone before the one who waits, and after.
inline std::shared_ptr<Arrival> expect_arrival(const async::Executor& executor, telemetry::Batch& batch) {
  auto arrival = std::make_shared<Arrival>(executor);
  auto settled = [arrival](telemetry::Fate fate) {
    arrival->fate = fate;
    arrival->bell.ring();
  };
  batch.acknowledgement = std::make_shared<telemetry::Acknowledgement>(1, std::move(settled));
  return arrival;
}

inline async::Task<void> wait_for(std::shared_ptr<Arrival> arrival) {
  while (!arrival->fate) co_await arrival->bell.wait();
}

}  // namespace outrider::pipeline
