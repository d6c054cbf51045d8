// The names of files in an archive, as PostgreSQL gives them, and the places they stand for. Which place a
// segment's name means depends on the segment size of its cluster, so a name is read first and placed later.
#pragma once

#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::wal {

inline constexpr std::uint64_t least_segment_bytes = 1ULL << 20;
inline constexpr std::uint64_t most_segment_bytes = 1ULL << 30;
inline constexpr std::uint64_t usual_segment_bytes = 16ULL << 20;

// A power of two from 1 MiB to 1 GiB.
bool is_segment_size(std::uint64_t bytes);

enum class NameKind {
  segment,  // 0000000100000002000000FE
  partial,  // the same with .partial: the last of a timeline that ended inside it
  backup,   // 000000010000000000000003.00000028.backup: the label of a backup that began there
  history,  // 00000002.history: where a timeline comes from
};

struct ArchiveName {
  NameKind kind = NameKind::segment;
  std::uint32_t timeline = 0;
  std::uint32_t log = 0;     // the high half of the LSN
  std::uint32_t part = 0;    // which segment of these 4 GiB
  std::uint32_t offset = 0;  // of a backup's start inside its segment

  bool operator==(const ArchiveName&) const = default;
};

// Nothing for any other file.
std::optional<ArchiveName> read_name(std::string_view name);

// A segment's place: `number` counts segments from 0/0.
struct SegmentId {
  std::uint32_t timeline = 0;
  std::uint64_t number = 0;

  auto operator<=>(const SegmentId&) const = default;
  Lsn begin(std::uint64_t segment_bytes) const { return Lsn{number * segment_bytes}; }
  Lsn end(std::uint64_t segment_bytes) const { return Lsn{(number + 1) * segment_bytes}; }
};

// Nothing when no cluster with this segment size can have such a name.
std::optional<SegmentId> place(const ArchiveName& name, std::uint64_t segment_bytes);

inline std::uint64_t number_of(Lsn lsn, std::uint64_t segment_bytes) { return lsn.value / segment_bytes; }

std::string segment_name(SegmentId id, std::uint64_t segment_bytes);
std::string history_name(std::uint32_t timeline);

}  // namespace outrider::wal
