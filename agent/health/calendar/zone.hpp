// A time zone as the machine's tzdata describes it: what local clocks show at a moment, and which moment a
// local time is. Pure: the bytes of the file come in.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::health {

// What a clock on the wall shows, as time since an epoch of its own: no zone is in it.
using LocalTime = core::Duration;

class Zone {
 public:
  Zone() = default;  // UTC
  // The content of /usr/share/zoneinfo/Europe/Berlin.
  static core::Outcome<Zone> read(std::string_view bytes);

  LocalTime local(core::WallTime time) const;
  // When clocks show it. Of two such moments the first; of none (it was leapt over) the one as long after the
  // leap as it would have been after its beginning.
  core::WallTime moment(LocalTime local) const;

 private:
  struct Change {
    std::int64_t at_seconds = 0;  // Unix time
    std::int32_t offset_seconds = 0;
  };
  std::int64_t offset_at(std::int64_t seconds) const;

  std::vector<Change> changes_;  // oldest first
  std::int32_t before_seconds_ = 0;
};

}  // namespace outrider::health
