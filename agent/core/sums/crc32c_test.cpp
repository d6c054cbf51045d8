#include "agent/core/sums/crc32c.hpp"

#include <string>

#include <gtest/gtest.h>

namespace outrider::core {
namespace {

std::string sample(std::size_t count) {
  std::string bytes(count, '\0');
  std::uint32_t state = 12345;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

TEST(Crc32c, GivesThePublishedCheckValue) {
  EXPECT_EQ(crc32c_finished(crc32c_add(crc32c_start, "123456789", 9)), 0xE3069283u);
  EXPECT_EQ(crc32c_finished(crc32c_add_by_table(crc32c_start, "123456789", 9)), 0xE3069283u);
}

TEST(Crc32c, IsTheSameByInstructionAndByTable) {
  const std::string bytes = sample(9000);
  for (std::size_t from = 0; from < 9; ++from) {
    for (const std::size_t count : {0u, 1u, 3u, 4u, 7u, 8u, 9u, 15u, 16u, 24u, 100u, 8191u}) {
      EXPECT_EQ(crc32c_add(crc32c_start, bytes.data() + from, count),
                crc32c_add_by_table(crc32c_start, bytes.data() + from, count));
    }
  }
}

TEST(Crc32c, OfTwoPiecesIsJoinedFromEach) {
  const std::string bytes = sample(5000);
  const std::uint32_t whole = crc32c_add(crc32c_start, bytes.data(), bytes.size());
  for (const std::size_t cut : {0u, 1u, 8u, 100u, 4096u, 4999u, 5000u}) {
    const std::uint32_t first = crc32c_add(crc32c_start, bytes.data(), cut);
    const std::uint32_t second = crc32c_add(0, bytes.data() + cut, bytes.size() - cut);
    EXPECT_EQ(crc32c_joined(first, second, bytes.size() - cut), whole) << cut;
  }
}

}  // namespace
}  // namespace outrider::core
