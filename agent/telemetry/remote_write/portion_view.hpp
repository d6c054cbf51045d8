// What lies in a portion, to cut it where a receiver does not like what is in it.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry::remote_write {

inline constexpr std::size_t most_portion_bytes = 64u << 20;  // unpacked

// A series of an unpacked portion as a request of its own, and what it is; they look into the portion.
struct PlacedSeries {
  std::string_view family;  // the same for all of one; empty: nothing is known
  std::string_view series;
};
core::Outcome<std::vector<PlacedSeries>> placed_series(std::string_view plain);
core::Outcome<std::vector<std::string_view>> series_of(std::string_view plain);  // without that

// Of one of them: name{label="value",…}, for a person to read.
std::string shown_series(std::string_view series);

}  // namespace outrider::telemetry::remote_write
