#include "agent/core/sums/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace outrider::core {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78u;  // reflected

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b]: what byte b does when k more bytes follow it.
constexpr Table make_tables() {
  Table tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1u) != 0 ? polynomial : 0u);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFFu];
    }
  }
  return tables;
}

constexpr Table tables = make_tables();

using Add = std::uint32_t (*)(std::uint32_t, const void*, std::size_t);

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t add_by_instruction(std::uint32_t running, const void* bytes,
                                                                   std::size_t count) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  std::uint64_t value = running;
  for (; count >= 8; count -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    value = _mm_crc32_u64(value, word);
  }
  auto narrow = static_cast<std::uint32_t>(value);
  if ((count & 4u) != 0) {
    std::uint32_t word;
    std::memcpy(&word, at, sizeof word);
    narrow = _mm_crc32_u32(narrow, word);
    at += 4;
  }
  for (std::size_t i = 0; i < (count & 3u); ++i) narrow = _mm_crc32_u8(narrow, at[i]);
  return narrow;
}

Add choose() { return __builtin_cpu_supports("sse4.2") != 0 ? add_by_instruction : crc32c_add_by_table; }

#elif defined(__ARM_FEATURE_CRC32)

std::uint32_t add_by_instruction(std::uint32_t running, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  for (; count >= 8; count -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    running = __crc32cd(running, word);
  }
  for (; count > 0; --count, ++at) running = __crc32cb(running, *at);
  return running;
}

Add choose() { return add_by_instruction; }

#else

Add choose() { return crc32c_add_by_table; }

#endif

// The product of two polynomials modulo the CRC's, bits reflected.
std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1u) != 0 ? polynomial : 0u);
  }
  return product;
}

}  // namespace

std::uint32_t crc32c_add_by_table(std::uint32_t running, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  for (; count >= 8; count -= 8, at += 8) {
    const std::uint32_t low = running ^ (at[0] | at[1] << 8 | at[2] << 16 | std::uint32_t{at[3]} << 24);
    running = tables[7][low & 0xFFu] ^ tables[6][(low >> 8) & 0xFFu] ^ tables[5][(low >> 16) & 0xFFu] ^
              tables[4][low >> 24] ^ tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^
              tables[0][at[7]];
  }
  for (; count > 0; --count, ++at) running = (running >> 8) ^ tables[0][(running ^ *at) & 0xFFu];
  return running;
}

std::uint32_t crc32c_add(std::uint32_t running, const void* bytes, std::size_t count) {
  static const Add add = choose();
  return add(running, bytes, count);
}

std::uint32_t crc32c_joined(std::uint32_t first, std::uint32_t second_from_zero, std::uint64_t second_count) {
  // first · x^(8·count): by squaring, beginning with x^8.
  std::uint32_t power = 1u << 23;
  for (; second_count != 0; second_count >>= 1) {
    if ((second_count & 1u) != 0) first = multiply(power, first);
    power = multiply(power, power);
  }
  return first ^ second_from_zero;
}

}  // namespace outrider::core
