// After a start, what is read again from behind a saved place may have been sent by the process before. Its
// last offer may lie there in pieces, so a stream is free of doubt once so much of it was new as an offer can
// hold, with nothing in between that was there.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <unordered_map>

namespace outrider::sinks::elasticsearch {

class Rereading {
 public:
  Rereading(core::WallTime started, std::uint64_t most_offered_bytes)
      : started_seconds_(telemetry::seconds_of(started)), most_offered_bytes_(most_offered_bytes) {}

  bool may_have_been_sent(const telemetry::Record& record);
  void was_new(const telemetry::Record& record);
  void was_there(const telemetry::Record& record);

 private:
  std::uint32_t started_seconds_;
  std::uint64_t most_offered_bytes_;
  std::unordered_map<std::uint64_t, std::uint64_t> new_bytes_;  // by stream, since the last that was there
  std::uint64_t free_stream_ = 0;                               // the last that was found free of doubt
};

}  // namespace outrider::sinks::elasticsearch
