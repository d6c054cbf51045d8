// Bytes that arrive in their own time: the read end of a pipe. Real and simulated alike.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace outrider::os {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // At least one byte, or 0 at the end. Belongs to the river of its first read from then on; may be moved
  // to another river before that. Cancellation loses nothing: what was not returned is still there.
  virtual core::Task<core::Outcome<std::size_t>> read(std::span<char> into) = 0;
};

}  // namespace outrider::os
