// A portion, which waits as a request of remote write 1.0, as one of 2.0: texts once, in a table, and with
// each series what it is. Pure, and slow enough for a pool.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::telemetry::remote_write {

struct SecondVersion {
  std::string packed;
  std::uint64_t samples = 0;
  std::uint64_t exemplars = 0;
};

// A series whose family says when it began (`_created`) carries that, too; that one goes on as it is.
core::Outcome<SecondVersion> second_version(std::string_view packed);

}  // namespace outrider::telemetry::remote_write
