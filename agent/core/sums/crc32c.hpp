// CRC-32C (Castagnoli), as PostgreSQL has it in its WAL, control file and pages. With the processor's own
// instruction where there is one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrider::core {

// The running value of nothing; `finished` gives what is stored.
inline constexpr std::uint32_t crc32c_start = 0xFFFFFFFFu;

std::uint32_t crc32c_add(std::uint32_t running, const void* bytes, std::size_t count);

inline std::uint32_t crc32c_finished(std::uint32_t running) { return running ^ 0xFFFFFFFFu; }

// The running value after A and B, of that after A, and of that after B begun with zero, which had
// `second_count` bytes.
std::uint32_t crc32c_joined(std::uint32_t first, std::uint32_t second_from_zero, std::uint64_t second_count);

// The one without the instruction, for processors that lack it and for the test that compares both.
std::uint32_t crc32c_add_by_table(std::uint32_t running, const void* bytes, std::size_t count);

}  // namespace outrider::core
