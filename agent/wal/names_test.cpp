#include "agent/wal/names.hpp"

#include <gtest/gtest.h>

namespace outrider::wal {
namespace {

constexpr std::uint64_t MiB = 1 << 20;

TEST(SegmentName, RollsOverIntoTheNextLogAfterTheLastPart) {
  EXPECT_EQ(segment_name({1, 255}, 16 * MiB), "0000000100000000000000FF");
  EXPECT_EQ(segment_name({1, 256}, 16 * MiB), "000000010000000100000000");
  EXPECT_EQ(segment_name({1, 63}, 64 * MiB), "00000001000000000000003F");
  EXPECT_EQ(segment_name({1, 64}, 64 * MiB), "000000010000000100000000");
  EXPECT_EQ(segment_name({1, 4095}, 1 * MiB), "000000010000000000000FFF");
  EXPECT_EQ(segment_name({0xAB, 4}, 1024 * MiB), "000000AB0000000100000000");
}

TEST(SegmentName, ComesBackToItsPlaceForEachSegmentSize) {
  for (std::uint64_t bytes = least_segment_bytes; bytes <= most_segment_bytes; bytes *= 2) {
    for (const std::uint64_t number : {0ULL, 1ULL, 3ULL, 4ULL, 255ULL, 256ULL, 99'999ULL}) {
      const SegmentId id{7, number};
      const auto name = read_name(segment_name(id, bytes));
      ASSERT_TRUE(name);
      EXPECT_EQ(place(*name, bytes), id);
      EXPECT_EQ(number_of(id.begin(bytes), bytes), number);
    }
  }
}

TEST(SegmentName, HasNoPlaceWhereItsClusterCannotMakeIt) {
  const auto name = read_name("000000010000000000000040");
  ASSERT_TRUE(name);
  EXPECT_FALSE(place(*name, 64 * MiB));
  EXPECT_TRUE(place(*name, 16 * MiB));
}

TEST(ArchiveName, KnowsTheFourKinds) {
  EXPECT_EQ(read_name("00000002000000A1000000FE")->kind, NameKind::segment);
  EXPECT_EQ(read_name("00000002000000A1000000FE.partial")->kind, NameKind::partial);
  const auto label = read_name("000000010000000000000003.00000028.backup");
  EXPECT_EQ(label->kind, NameKind::backup);
  EXPECT_EQ(label->offset, 0x28u);
  EXPECT_EQ(read_name("0000000A.history")->timeline, 10u);
}

TEST(ArchiveName, IsNothingForAnythingElse) {
  for (const char* name :
       {"", "archive.info", "000000010000000000000003.gz", "00000001000000000000000",
        "0000000100000000000000030", "00000001000000000000000g", "0000000100000000000000ff",
        "000000000000000000000003", "00000000.history", "0000002.history", "x0000002.history",
        "000000010000000000000003.0000028.backup", "000000010000000000000003.partial~"}) {
    EXPECT_FALSE(read_name(name)) << name;
  }
}

TEST(SegmentSize, IsAPowerOfTwoFromOneMiBToOneGiB) {
  EXPECT_TRUE(is_segment_size(MiB));
  EXPECT_TRUE(is_segment_size(1024 * MiB));
  EXPECT_FALSE(is_segment_size(MiB / 2));
  EXPECT_FALSE(is_segment_size(2048 * MiB));
  EXPECT_FALSE(is_segment_size(3 * MiB));
  EXPECT_FALSE(is_segment_size(0));
}

}  // namespace
}  // namespace outrider::wal
