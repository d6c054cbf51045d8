// A data stream is a row of indices, and an _id is unique only within one of them. What was sent before the
// stream rolled over may lie in an older one.
#pragma once

#include "agent/core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sinks::elasticsearch {

struct Generation {
  std::string index;  // ".ds-logs-tests-school-2026.11.28-000007"
  core::WallTime began{};
};

// "/logs-tests-school/_settings/…"
std::string generations_path(const std::string& data_stream);

// From the answer to it: the oldest first, the one that is written to last. Nothing: it is another answer.
std::optional<std::vector<Generation>> read_generations(std::string_view body);

// The older ones in which that may lie which was first sent at `since`, the youngest first. `margin` is how
// wrong `since` may be.
std::vector<std::string> may_hold(const std::vector<Generation>& generations, core::WallTime since,
                                  core::Duration margin);

}  // namespace outrider::sinks::elasticsearch
