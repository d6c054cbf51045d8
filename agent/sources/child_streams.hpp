// What a child writes, as it comes to the sources.
#pragma once

#include "agent/os/stream.hpp"

#include <cstdint>
#include <memory>

namespace outrider::sources {

// One stream of a child. Of one that is kept for the next agent, `key` is the same there, and never 0.
struct ChildStream {
  std::unique_ptr<os::ByteSource> bytes;
  std::uint64_t key = 0;     // for telemetry::Origin
  std::uint64_t offset = 0;  // of its first byte, since the child began
};

// What a newly started child writes. Whoever takes a stream leaves null behind.
struct ChildOutput {
  std::uint32_t generation = 0;  // counts the child's starts
  ChildStream output, errors;
};

}  // namespace outrider::sources
