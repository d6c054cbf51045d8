#include "agent/recovery/fingerprint/chunk.hpp"

#include <algorithm>
#include <bit>

namespace outrider::recovery {

std::vector<Chunk> cut(const Table& table) {
  const std::uint64_t blocks = std::max<std::uint64_t>(table.blocks, 1);
  const std::uint64_t bytes_a_block =
      std::max<std::uint64_t>(table.block_bytes + table.large_bytes / blocks, 1);
  const std::uint64_t length = std::bit_floor(std::max<std::uint64_t>(chunk_bytes / bytes_a_block, 1));
  std::vector<Chunk> chunks;
  for (std::uint64_t first = 0; first < blocks; first += length) {
    const std::uint64_t there = std::min(length, table.blocks - first);
    chunks.push_back({{table.database, table.id, first, length}, there * bytes_a_block});
  }
  return chunks;
}

}  // namespace outrider::recovery
