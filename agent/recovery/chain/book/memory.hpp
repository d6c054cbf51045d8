// What the verifier remembers: runs of segments that were sound, and how to tell that a file has changed
// since.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/wal/check/joint.hpp"
#include "agent/wal/names.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// Of a file's name, size, time and digest.
std::uint32_t print_of(const catalogs::ArchivedFile& file);

// Consecutive segments of one timeline, each sound, and each joint between them.
struct SoundRange {
  std::uint32_t timeline = 0;
  std::uint64_t first = 0;
  std::vector<std::uint32_t> prints;  // one for each segment
  // What the neighbours need; nothing after the range was cut, until its end is read again.
  std::optional<wal::Head> head;
  std::optional<wal::Tail> tail;
  core::WallTime read_first{}, read_last{};

  std::uint64_t end() const { return first + prints.size(); }
  bool operator==(const SoundRange&) const = default;
};

struct BrokenSegment {
  wal::SegmentId id;
  std::uint32_t print = 0;
  wal::FaultKind kind = wal::FaultKind::broken_record;
  std::uint64_t offset = 0;
  wal::Lsn lsn;
  std::string what;

  bool operator==(const BrokenSegment&) const = default;
};

struct Memory {
  std::uint64_t archive = 0;  // tells one archive from another
  std::uint64_t segment_bytes = 0;
  std::vector<SoundRange> ranges;  // by timeline and number
  std::vector<BrokenSegment> broken;

  bool operator==(const Memory&) const = default;
};

// With a checksum over all of it.
std::string packed(const Memory& memory);

// `corrupt` when a single bit is not what was packed.
core::Outcome<Memory> unpacked(std::string_view bytes);

}  // namespace outrider::recovery
