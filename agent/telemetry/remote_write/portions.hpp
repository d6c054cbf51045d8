// What the page of metrics shows, as requests of remote write 1.0: packed, so that they can wait on a disk
// and be posted as they are. A series that was shown the last time and is not any more gets a sample that
// says so. What an exposition dates itself is sent once. Pure, and slow enough for a pool.
#pragma once

#include "agent/telemetry/remote_write/view.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace outrider::telemetry::remote_write {

struct Portion {
  std::string packed;
  std::uint32_t samples = 0;
  std::uint64_t bytes = 0;  // before it was packed
};

// A histogram or a summary may go beyond them, so that it is in one portion.
struct PortionBounds {
  std::uint32_t samples = 2000;
  std::uint64_t bytes = 1u << 20;
};

class PortionWriter {
 public:
  explicit PortionWriter(View view, PortionBounds bounds = {});

  // `milliseconds` since 1970: later than that of the call before. No series is in two portions.
  std::vector<Portion> write(std::vector<FamilySetPointer> sets, std::int64_t milliseconds);

 private:
  class Encoding;
  struct Before {  // of series that are more than a value at a time of ours
    std::int64_t milliseconds = no_timestamp;
    std::uint64_t exemplar = 0;
  };
  using Known = std::unordered_map<std::uint64_t, Before>;

  View view_;
  PortionBounds bounds_;
  std::vector<FamilySetPointer> shown_;  // the last time
  Known known_;
};

}  // namespace outrider::telemetry::remote_write
