// Which samples a receiver of metrics gets, how often, and what they carry beside their own labels.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/metrics.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry::remote_write {

struct View {
  core::Duration every = std::chrono::seconds(15);
  std::vector<std::string> keep;  // names, with * for anything; empty: all
  std::vector<std::string> drop;  // of those
  Labels labels;                  // for each series that does not carry them itself

  friend bool operator==(const View&, const View&) = default;
};

// Whether a series of that name goes there.
bool takes(const View& view, std::string_view name);

}  // namespace outrider::telemetry::remote_write
