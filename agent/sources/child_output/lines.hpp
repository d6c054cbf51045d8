// Cuts a stream of bytes into lines without copying them: bytes are read straight into a chunk, records look
// into it. Only a line that crosses the end of its chunk is moved.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrider::sources::child_output {

class Lines {
 public:
  static constexpr std::size_t longest_line = 1 << 20;

  explicit Lines(std::uint32_t generation) : generation_(generation) {}

  // Where the next bytes go; never empty.
  std::span<char> room();

  // `count` bytes have been put there: the lines that end in them.
  telemetry::Batch took(std::size_t count, core::WallTime now);

  // The stream has ended: what is left without an end, if anything.
  telemetry::Batch ended(core::WallTime now);

 private:
  void add(telemetry::Batch& batch, std::size_t from, std::size_t length, std::size_t bytes,
           std::uint8_t marks, core::WallTime now);

  std::uint32_t generation_;
  std::uint64_t offset_ = 0;  // of line_start_ in the stream
  telemetry::ChunkPointer chunk_;
  std::size_t line_start_ = 0;  // in chunk_
  std::size_t searched_ = 0;    // in chunk_: no line end before it
  bool continued_ = false;      // the line at hand is the rest of a cut one
  bool busy_ = false;           // the last read filled all the room: larger chunks pay
  telemetry::Shelter repaired_;
  std::string scratch_;
};

}  // namespace outrider::sources::child_output
