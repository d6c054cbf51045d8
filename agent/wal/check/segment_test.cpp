#include "agent/wal/check/segment.hpp"

#include "agent/wal/test_kit.hpp"

#include <gtest/gtest.h>

namespace outrider::wal {
namespace {

// Segments 1 to 3, full of records of many lengths; the fourth ends with a switch.
WalKit three_segments() {
  WalKit kit;
  while (kit.next < 4 * kit.segment_bytes) {
    kit.record(std::string(10 + kit.next / 8 % 500, static_cast<char>(kit.next / 64)));
  }
  kit.commit(801, 5'000'000);
  kit.switch_segment();
  return kit;
}

TEST(SegmentCheck, FindsNothingWrongWithWhatWasWritten) {
  const WalKit kit = three_segments();
  for (const std::uint64_t number : {1u, 2u, 3u, 4u}) {
    const SegmentReport report = kit.check(number);
    EXPECT_FALSE(report.fault) << number << report.fault->what;
    EXPECT_GT(report.records, number == 4 ? 0u : 2000u);
    EXPECT_EQ(report.switched, number == 4);
    EXPECT_EQ(report.server_version, 15);
  }
}

TEST(SegmentCheck, NamesTheCommits) {
  WalKit kit;
  kit.record("x");
  const std::uint64_t at = kit.commit(801, 5'000'000);
  kit.commit(802, 6'000'000);
  kit.switch_segment();
  Expected expected = kit.expected(1);
  expected.list_commits = true;
  const SegmentReport report = check_segment(kit.segments.at(1), expected);
  ASSERT_FALSE(report.fault);
  ASSERT_EQ(report.commits.size(), 2u);
  EXPECT_EQ(report.commits[0].xid, 801u);
  EXPECT_EQ(report.commits[0].lsn, Lsn{at});
  EXPECT_EQ(report.commits[0].time.time_since_epoch(), std::chrono::seconds(946'684'805));
  EXPECT_EQ(report.first_commit, report.commits[0]);
  EXPECT_EQ(report.tail.last_commit, report.commits[1]);
}

TEST(SegmentCheck, SeesEachFlippedBitOfARecord) {
  WalKit kit;
  kit.record(std::string(40, 'r'));
  kit.record(std::string(72, 's'));
  kit.switch_segment();
  for (std::size_t byte = 40; byte < 40 + 64 + 96 + 24; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      WalKit copy = kit;
      copy.segments[1][byte] = static_cast<char>(copy.segments[1][byte] ^ (1 << bit));
      EXPECT_TRUE(copy.check(1).fault) << byte << "." << bit;
    }
  }
}

TEST(SegmentCheck, SeesEachFlippedBitOfAPageHeader) {
  const WalKit kit = three_segments();
  std::string bytes = kit.segments.at(2);
  for (std::size_t i = 0; i < (40 + 24) * 8; ++i) {
    const std::size_t byte = i / 8 < 40 ? i / 8 : 8192 * 3 + i / 8 - 40;
    const std::size_t bit = i % 8;
    const bool of_no_meaning = byte % 8192 == 2 && bit == 2;  // "may be removed after a backup"
    // Whether the record that came in is as long as the first page says, only the segment before it knows.
    const bool of_the_joint = byte < 8192 && ((byte == 2 && bit == 3) || (byte >= 16 && byte < 20));
    if (of_the_joint) continue;
    bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
    EXPECT_EQ(check_segment(bytes, kit.expected(2)).fault.has_value(), !of_no_meaning) << byte << "." << bit;
    bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
  }
}

TEST(SegmentCheck, SaysWhereTheFirstBrokenRecordIs) {
  WalKit kit = three_segments();
  kit.segments[2][500'000] ^= 1;
  const SegmentReport report = kit.check(2);
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->kind, FaultKind::broken_record);
  EXPECT_LE(report.fault->offset, 500'000u);
  EXPECT_GT(report.fault->offset, 499'000u);
  EXPECT_EQ(report.fault->lsn.value, 2 * kit.segment_bytes + report.fault->offset);
  EXPECT_EQ(report.end, report.fault->lsn);
}

TEST(SegmentCheck, SeesAZeroedPageInTheMiddle) {
  WalKit kit = three_segments();
  kit.segments[2].replace(8192 * 7, 8192, 8192, '\0');
  const SegmentReport report = kit.check(2);
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->kind, FaultKind::broken_page);
  EXPECT_EQ(report.fault->offset, 8192u * 7);
}

TEST(SegmentCheck, TellsAShortSegmentFromABrokenOne) {
  WalKit kit = three_segments();
  kit.segments[2].replace(700'000, std::string::npos, kit.segment_bytes - 700'000, '\0');
  ASSERT_TRUE(kit.check(2).fault);
  kit.segments[2].resize(700'000);
  EXPECT_EQ(kit.check(2).fault->kind, FaultKind::wrong_size);
  kit.segments[2].clear();
  EXPECT_EQ(kit.check(2).fault->what, "it is empty");

  WalKit unfinished;
  unfinished.record("the only one");
  EXPECT_EQ(unfinished.check(1).fault->kind, FaultKind::ended_early);
  Expected expected = unfinished.expected(1);
  expected.may_end_early = true;
  const SegmentReport partial = check_segment(unfinished.segments[1], expected);
  EXPECT_FALSE(partial.fault);
  EXPECT_TRUE(partial.ended_early);
  EXPECT_EQ(partial.records, 1u);
}

TEST(SegmentCheck, SaysWhichSegmentItReallyIs) {
  const WalKit kit = three_segments();
  const SegmentReport report = check_segment(kit.segments.at(3), kit.expected(2));
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->kind, FaultKind::swapped);
  EXPECT_EQ(report.fault->what, "it holds segment " + segment_name({1, 3}, kit.segment_bytes));
}

TEST(SegmentCheck, KnowsAnotherClustersSegment) {
  const WalKit kit = three_segments();
  Expected expected = kit.expected(2);
  expected.system_id = 42;
  EXPECT_EQ(check_segment(kit.segments.at(2), expected).fault->kind, FaultKind::wrong_system);
}

TEST(SegmentCheck, SaysTheSegmentSizeItsClusterHas) {
  const WalKit kit = three_segments();
  Expected expected;
  expected.id = SegmentId{1, 0};
  expected.system_id = kit.system_id;
  const SegmentReport report = check_segment(kit.segments.at(2), expected);
  EXPECT_EQ(report.fault->kind, FaultKind::wrong_size);
  EXPECT_NE(report.fault->what.find("not of 16"), std::string::npos) << report.fault->what;
}

TEST(SegmentCheck, FollowsATimelineThatWasLeftInTheMiddle) {
  WalKit kit;
  kit.fill_until(kit.segment_bytes * 3 / 2);
  const Lsn left{kit.next};
  kit.timeline = 2;
  kit.fill_until(2 * kit.segment_bytes);
  TimelineHistory history{2, {{1, left, ""}}};
  Expected expected = kit.expected(1);
  EXPECT_FALSE(check_segment(kit.segments.at(1), expected).fault);
  expected.history = &history;
  EXPECT_FALSE(check_segment(kit.segments.at(1), expected).fault);
  // The same name with what the old timeline wrote on.
  WalKit old;
  old.fill_until(2 * old.segment_bytes);
  const SegmentReport report = check_segment(old.segments.at(1), expected);
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->kind, FaultKind::broken_page);
  Expected first = expected;
  first.id.timeline = 1;
  EXPECT_EQ(check_segment(kit.segments.at(1), first).fault->kind, FaultKind::broken_page);
}

TEST(SegmentCheck, SurvivesAnyBytes) {
  const WalKit kit = three_segments();
  std::uint32_t state = 7;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = kit.segments.at(2);
    for (int i = 0; i < 40; ++i) {
      state = state * 1664525 + 1013904223;
      bytes[state % bytes.size()] = static_cast<char>(state >> 24);
    }
    EXPECT_TRUE(check_segment(bytes, kit.expected(2)).fault);
    EXPECT_TRUE(check_segment(std::string_view(bytes).substr(0, state % 20000), kit.expected(2)).fault);
  }
}

TEST(Segment, TellsThatReplayingItWouldCreateATablespace) {
  WalKit kit;
  kit.record("before");
  kit.record("ordinary", 10, 0);
  kit.switch_segment();
  EXPECT_FALSE(kit.check(1).creates_tablespace);
  kit.record(std::string("\xff\x10\0\0\0\0/srv/fast\0", 16), 5, 0);
  kit.switch_segment();
  EXPECT_TRUE(kit.check(2).creates_tablespace);
}

}  // namespace
}  // namespace outrider::wal
