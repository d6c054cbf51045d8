// What the faces see of the upper river, by value.
#pragma once

#include "agent/core/status.hpp"
#include "agent/tracing/requests.hpp"

#include <optional>
#include <vector>

namespace outrider::pipeline {

struct Snapshot {
  std::vector<core::StreamStatus> streams;
  std::vector<core::ScrapeStatus> scrapes;
  std::optional<core::TracesStatus> traces;
  std::vector<tracing::RequestCount> requests;  // that count for what is promised

  bool operator==(const Snapshot&) const = default;
};

}  // namespace outrider::pipeline
