// A ring of entries in a piece of memory that outlives whoever writes it. Each entry carries its length, its
// number and a checksum, so that what is torn, overwritten or damaged is passed over and everything else is
// found. The checksum is salted: what a service writes cannot pass for an entry.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::incident {

enum class EntryKind : std::uint8_t {
  line = 1,  // of the log; subject: the stream
  event,     // of the timeline; subject: its kind
  answer,    // of a probe; subject: its name
  sample,    // of the process, a JSON object
  session,   // the agent began or ended; subject: "begin", "end"
};

enum EntryFlag : std::uint8_t {
  flag_cut = 1,           // only its beginning is here
  flag_unterminated = 2,  // the stream ended before the line did
};

struct Entry {
  std::uint64_t sequence = 0;
  core::WallTime wall{};
  EntryKind kind = EntryKind::line;
  std::uint8_t flags = 0;
  std::string_view subject;  // of the memory that was read
  std::string_view text;
};

// What a piece of memory holds, oldest first. Never fails: damaged memory holds less.
std::vector<Entry> read_ring(std::span<const char> bytes);

class Ring {
 public:
  // Goes on behind what is there. Memory that was never a ring, or no longer is, becomes an empty one with
  // this salt. At least 4 KiB.
  Ring(std::span<char> bytes, std::uint64_t salt);

  void append(EntryKind kind, std::uint8_t flags, core::WallTime wall, std::string_view subject,
              std::string_view text);

  std::span<const char> bytes() const { return bytes_; }
  std::size_t position() const { return position_; }  // where the next entry goes
  std::uint64_t appended() const { return next_ - first_; }
  std::uint64_t cut() const { return cut_; }

 private:
  std::span<char> bytes_;
  std::size_t position_;
  std::size_t longest_;
  std::uint64_t salt_;
  std::uint64_t next_ = 1;
  std::uint64_t first_ = 1;
  std::uint64_t cut_ = 0;
};

}  // namespace outrider::incident
