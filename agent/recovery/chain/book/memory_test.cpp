#include "agent/recovery/chain/book/memory.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

Memory sample() {
  Memory memory;
  memory.archive = 42;
  memory.segment_bytes = wal::usual_segment_bytes;
  SoundRange range;
  range.timeline = 1;
  range.first = 7;
  range.prints = {1, 2, 3};
  range.head = wal::Head{};
  range.head->first_bytes = "head";
  range.head->first_record = wal::Lsn{77};
  range.tail = wal::Tail{};
  range.tail->open_first_bytes = std::string("ta\0il", 5);
  range.tail->last_commit = wal::Commit{wal::Lsn{5}, 6, core::WallTime(std::chrono::seconds(9))};
  range.read_last = core::WallTime(std::chrono::seconds(11));
  memory.ranges = {range, SoundRange{2, 10, {9}, {}, {}, {}, {}}};
  memory.broken = {{{1, 12}, 5, wal::FaultKind::swapped, 8, wal::Lsn{3}, "it holds another"}};
  return memory;
}

TEST(Memory, ComesBackAsItWas) {
  const auto back = unpacked(packed(sample()));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, sample());
  EXPECT_EQ(*unpacked(packed(Memory{})), Memory{});
}

TEST(Memory, IsNotTrustedWhenTornAnywhere) {
  const std::string whole = packed(sample());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto back = unpacked(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(back) << length;
    EXPECT_EQ(back.error().code, core::Errc::corrupt);
  }
  EXPECT_FALSE(unpacked(whole + '\0'));
}

TEST(Memory, IsNotTrustedWithAnyBitFlipped) {
  std::string bytes = packed(sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(unpacked(bytes)) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(Print, ChangesWithNameSizeTimeAndDigest) {
  catalogs::ArchivedFile file;
  file.name = "000000010000000000000003";
  file.stored_bytes = 5;
  const std::uint32_t before = print_of(file);
  for (const auto& change : {+[](catalogs::ArchivedFile& one) { one.name = "000000010000000000000004"; },
                             +[](catalogs::ArchivedFile& one) { one.stored_bytes = 6; },
                             +[](catalogs::ArchivedFile& one) { one.stored += std::chrono::nanoseconds(1); },
                             +[](catalogs::ArchivedFile& one) { one.sha1 = "x"; }}) {
    auto copy = file;
    change(copy);
    EXPECT_NE(print_of(copy), before);
  }
}

}  // namespace
}  // namespace outrider::recovery
