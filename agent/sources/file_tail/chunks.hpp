// Room for what one lane reads. What nobody looks into any more is used again: fresh memory costs more than
// what is read into it.
#pragma once

#include "agent/telemetry/record.hpp"

#include <cstddef>
#include <vector>

namespace outrider::sources::file_tail {

class Chunks {
 public:
  // A chunk with room for at least so many bytes. Small reads share one.
  telemetry::ChunkPointer take(std::size_t bytes);

  // Nothing is to be read now.
  void release();

 private:
  telemetry::ChunkPointer small_;
  std::vector<telemetry::ChunkPointer> large_;
};

}  // namespace outrider::sources::file_tail
