#include "agent/wal/check/joint.hpp"

#include "agent/wal/test_kit.hpp"

#include <gtest/gtest.h>

namespace outrider::wal {
namespace {

Joint join_at(const WalKit& kit, std::uint64_t number) {
  const SegmentReport before = kit.check(number - 1);
  const SegmentReport after = kit.check(number);
  EXPECT_FALSE(before.fault);
  EXPECT_FALSE(after.fault);
  return join(before.tail, after.head, after.tail, Lsn{number * kit.segment_bytes});
}

// A commit that begins `before` bytes ahead of the end of segment 1.
WalKit crossing(std::uint64_t before) {
  WalKit kit;
  const std::uint64_t end = 2 * kit.segment_bytes;
  kit.fill_until(end - 2000);
  kit.record(std::string(end - before - kit.next - 24, 'z'));
  EXPECT_EQ(kit.next, end - before);
  kit.commit(900, 1);
  kit.record("more");
  kit.switch_segment();
  return kit;
}

TEST(Joint, IsSoundWhereverTheRecordIsCut) {
  for (std::uint64_t before = 8; before <= 40; before += 8) {
    const WalKit kit = crossing(before);
    const Joint joint = join_at(kit, 2);
    EXPECT_FALSE(joint.fault) << before << joint.fault->what;
    if (before < 40) {
      ASSERT_TRUE(joint.commit) << before;
      EXPECT_EQ(joint.commit->xid, 900u);
    }
  }
}

TEST(Joint, SeesEachFlippedBitOfTheRecordThatTwoSegmentsShare) {
  const WalKit kit = crossing(16);
  const std::uint64_t size = kit.segment_bytes;
  for (std::size_t i = 0; i < 34 * 8; ++i) {  // 16 bytes before the end, 18 behind the page's header
    WalKit copy = kit;
    const std::size_t byte = i / 8;
    char& flipped = byte < 16 ? copy.segments[1][size - 16 + byte] : copy.segments[2][40 + byte - 16];
    flipped = static_cast<char>(flipped ^ (1 << (i % 8)));
    const SegmentReport before = copy.check(1);
    const SegmentReport after = copy.check(2);
    const bool seen =
        before.fault || after.fault || join(before.tail, after.head, after.tail, Lsn{2 * size}).fault;
    EXPECT_TRUE(seen) << i;
  }
}

TEST(Joint, GoesThroughSegmentsThatLieInsideOneRecord) {
  WalKit kit;
  kit.record("first");
  kit.record(std::string(3 * kit.segment_bytes, 'b'));
  kit.record("last");
  kit.switch_segment();
  const SegmentReport one = kit.check(1), two = kit.check(2), three = kit.check(3), four = kit.check(4);
  ASSERT_TRUE(is_inside_record(two.head) && is_inside_record(three.head));
  const Joint second = join(one.tail, two.head, two.tail, Lsn{2 * kit.segment_bytes});
  const Joint third = join(second.tail, three.head, three.tail, Lsn{3 * kit.segment_bytes});
  EXPECT_FALSE(second.fault || third.fault);
  EXPECT_FALSE(join(third.tail, four.head, four.tail, Lsn{4 * kit.segment_bytes}).fault);

  kit.segments[3][500'000] ^= 1;
  const SegmentReport flipped = kit.check(3);
  EXPECT_FALSE(flipped.fault) << "it cannot know alone";
  const Joint broken = join(second.tail, flipped.head, flipped.tail, Lsn{3 * kit.segment_bytes});
  EXPECT_TRUE(join(broken.tail, four.head, four.tail, Lsn{4 * kit.segment_bytes}).fault);
}

TEST(Joint, SeesASegmentOfAnotherHistory) {
  WalKit kit, other;
  kit.fill_until(3 * kit.segment_bytes);
  other.fill_until(3 * other.segment_bytes, 104);
  const SegmentReport before = kit.check(1), after = other.check(2);
  ASSERT_FALSE(before.fault || after.fault);
  const Joint joint = join(before.tail, after.head, after.tail, Lsn{2 * kit.segment_bytes});
  ASSERT_TRUE(joint.fault);
  EXPECT_EQ(joint.fault->kind, FaultKind::broken_joint);
}

TEST(Joint, AcceptsARecordThatACrashCutAndThatWasGivenUp) {
  WalKit kit;
  kit.fill_until(2 * kit.segment_bytes - 4000);
  const std::uint64_t last = kit.last;
  kit.record(std::string(9000, 'c'));
  // After the crash, WAL goes on at the page where the record's rest would have been.
  kit.segments[2].assign(kit.segment_bytes, '\0');
  kit.next = kit.open_page(2 * kit.segment_bytes, 0, 8);
  kit.last = last;
  kit.record(std::string(16, 'o'), 0, 0xD0);
  kit.switch_segment();
  EXPECT_FALSE(join_at(kit, 2).fault);
}

TEST(Joint, FollowsASwitch) {
  WalKit kit;
  kit.commit(1, 1);
  kit.switch_segment();
  kit.record("x");
  kit.switch_segment();
  const Joint joint = join_at(kit, 2);
  EXPECT_FALSE(joint.fault);
  EXPECT_EQ(joint.tail.last_commit->xid, 1u);
}

}  // namespace
}  // namespace outrider::wal
