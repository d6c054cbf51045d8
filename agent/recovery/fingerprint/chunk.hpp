// How a table is cut into ranges of blocks. A physical restore keeps every row's place, so a range of the
// copy holds the rows of the same range of the source. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace outrider::recovery {

struct Table {
  std::uint32_t database = 0, id = 0;  // object identifiers: the copy has the same
  std::string database_name;
  std::string name;   // qualified and quoted, for statements
  std::string plain;  // "public.notes", for people and settings
  std::uint64_t blocks = 0;
  std::uint64_t block_bytes = 8192;
  std::uint64_t large_bytes = 0;  // of values stored out of line, which are read with their rows
  std::string unreadable;         // why it may not be read; empty: it may
  bool by_grant = false;          // and a GRANT would help

  std::uint64_t bytes() const { return blocks * block_bytes + large_bytes; }
};

struct ChunkId {
  std::uint32_t database = 0, table = 0;
  std::uint64_t first = 0;   // block
  std::uint64_t blocks = 0;  // also where the table ends sooner, so that it is the same one when it grows

  auto operator<=>(const ChunkId&) const = default;
};

struct Chunk {
  ChunkId id;
  std::uint64_t bytes = 0;  // about so much is read for it
};

inline constexpr std::uint64_t chunk_bytes = 16 << 20;

// Whole, in order, without overlap. The length is a power of two, so that it stays the same while the table
// grows. An empty table is one range: rows may have come to its copy.
std::vector<Chunk> cut(const Table& table);

}  // namespace outrider::recovery
