// Which records of a batch are for which destination.
#pragma once

#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::telemetry {

// What of a batch is for one destination, and how much is for others only.
struct Share {
  Batch batch;
  std::uint64_t other_records = 0;
  std::uint64_t other_bytes = 0;
};

// `destination` is its name in the configuration; nobody can send to one without.
Share share_of(const Batch& batch, std::string_view destination);

}  // namespace outrider::telemetry
