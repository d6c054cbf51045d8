// Cuts a stream of bytes into lines without copying them: bytes are read straight into a chunk, records look
// into it. Only a line that crosses the end of its chunk is moved. A stream that begins with the mark of
// UTF-16 is one, and becomes UTF-8; that mark and the one of UTF-8 are no part of the text.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrider::sources {

class Lines {
 public:
  static constexpr std::size_t longest_line = 1 << 20;

  enum class Encoding : std::uint8_t { unknown, utf8, utf16_little, utf16_big };

  // What a stream is that begins with these bytes; unknown when they are too few to say.
  static Encoding encoding_of(std::string_view beginning);

  // `begin` is where its first byte will come from.
  explicit Lines(telemetry::Origin begin) : at_(begin) {}

  // Takes a stream up where a line begins, or with `continued` within one that was cut, and reads into the
  // end of this chunk. `encoding` may be unknown only at the start of the stream.
  Lines(telemetry::Origin begin, Encoding encoding, bool continued, telemetry::ChunkPointer chunk);

  // Where the next bytes go; never empty.
  std::span<char> room();

  // Where the first line begins that was not handed on, and whether it is the rest of a cut one.
  std::uint64_t offset() const { return at_.offset; }
  bool continued() const { return continued_; }

  // `count` bytes have been put there: the lines that end in them.
  telemetry::Batch took(std::size_t count, core::WallTime now);

  // The stream has ended: what is left without an end, if anything.
  telemetry::Batch ended(core::WallTime now);

 private:
  bool detect();  // false: too little has been read to say
  std::size_t unit() const { return encoding_ == Encoding::utf8 ? 1 : 2; }
  std::size_t find_end() const;  // of a line, from searched_ on
  std::size_t piece_of(std::string_view line) const;
  std::string_view decoded(std::string_view text, std::vector<telemetry::ChunkPointer>& chunks,
                           std::uint8_t& marks);
  void add(telemetry::Batch& batch, std::size_t from, std::size_t length, std::size_t bytes,
           std::uint8_t marks);

  telemetry::Origin at_;  // of line_start_
  telemetry::ChunkPointer chunk_;
  std::size_t line_start_ = 0;  // in chunk_
  std::size_t searched_ = 0;    // in chunk_: no line end before it
  Encoding encoding_ = Encoding::unknown;
  std::size_t mark_bytes_ = 0;  // of the stream's mark, before the text of its first line
  bool continued_ = false;      // the line at hand is the rest of a cut one
  bool busy_ = false;           // the last read filled all the room: larger chunks pay
  bool valid_ = false;          // what is cut now is known to be UTF-8
  core::WallTime time_{};       // of the records that are cut now
  telemetry::Shelter repaired_;
  std::string scratch_;
};

}  // namespace outrider::sources
