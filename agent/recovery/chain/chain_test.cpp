#include "agent/recovery/chain/chain.hpp"

#include "agent/recovery/chain/chain_kit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Chain, LeadsFromASetToTheNewestSegment) {
  ListingKit kit;
  kit.segments(3, 900);
  kit.set("A", 5, 6);
  kit.set("B", 500, 501);
  const ChainReport report = kit.walk(901);
  EXPECT_TRUE(report.gaps.empty());
  EXPECT_TRUE(report.troubles.empty());
  ASSERT_EQ(report.sets.size(), 2u);
  EXPECT_EQ(report.sets[0].restorable, Answer::yes);
  EXPECT_EQ(report.sets[0].wal_segments, 896u);
  EXPECT_EQ(report.newest, 1u);
  EXPECT_EQ(report.listed->segment, kit.name(900));
  EXPECT_EQ(report.listed->lsn, wal::Lsn{901 * kit.segment_bytes});
  EXPECT_FALSE(report.sets[1].stopped_by);
}

TEST(Chain, NamesAHoleAndWhatEachSetStillReaches) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 4);
  kit.set("B", 15, 16);
  for (const std::uint64_t number : {8u, 9u}) kit.remove(kit.name(number));
  const ChainReport report = kit.walk(21);
  ASSERT_EQ(report.gaps.size(), 1u);
  const Gap& gap = report.gaps[0];
  EXPECT_EQ(gap.state, LinkState::lost);
  EXPECT_EQ(gap.first_name, kit.name(8));
  EXPECT_EQ(gap.count, 2u);
  EXPECT_EQ(gap.before, kit.name(7));
  EXPECT_EQ(gap.after, kit.name(10));
  EXPECT_THAT(gap.what, HasSubstr("2 segments from 000000010000000000000008 on are missing, between"));
  EXPECT_EQ(report.sets[0].to->segment, kit.name(7));
  EXPECT_EQ(report.sets[0].stopped_by, 0u);
  EXPECT_EQ(report.sets[1].to->segment, kit.name(20));
  EXPECT_EQ(report.newest, 1u);
}

TEST(Chain, RefusesASetWhoseOwnWalHasAHole) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 6);
  kit.remove(kit.name(5));
  const ChainReport report = kit.walk(21);
  EXPECT_EQ(report.sets[0].restorable, Answer::no);
  EXPECT_THAT(report.sets[0].why, HasSubstr("segment 000000010000000000000005 is missing"));
  EXPECT_FALSE(report.newest);
  EXPECT_FALSE(report.listed);
}

TEST(Chain, WaitsForTheNewestSegmentsAndThenCallsThemLost) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 4);
  const core::WallTime now = kit.start + 24h;
  ChainView view{
      kit.listing, kit.segment_bytes, wal::lone_timeline(1), wal::Lsn{23 * kit.segment_bytes + 5}, now, 2min,
      {}};
  const ChainReport first = walk_chain(view);
  ASSERT_EQ(first.gaps.size(), 1u);
  EXPECT_EQ(first.gaps[0].state, LinkState::delayed);
  EXPECT_EQ(first.gaps[0].count, 2u);
  EXPECT_EQ(first.listed->segment, kit.name(20));
  view.holes = first.holes;
  view.now = now + 119s;
  EXPECT_EQ(walk_chain(view).gaps[0].state, LinkState::delayed);
  view.now = now + 121s;
  EXPECT_EQ(walk_chain(view).gaps[0].state, LinkState::lost);
  view.now = now - 2h;  // the clock was set back
  EXPECT_EQ(walk_chain(view).gaps[0].state, LinkState::delayed);
}

TEST(Chain, TakesAHoleAmongFreshUploadsForDelayed) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 4);
  kit.remove(kit.name(19));
  EXPECT_EQ(kit.walk(21, {}, 20min + 30s).gaps[0].state, LinkState::delayed);
  EXPECT_EQ(kit.walk(21, {}, 25min).gaps[0].state, LinkState::lost);
}

TEST(Chain, WhatWasSaidToBeStoredIsNotOnItsWay) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 4);
  kit.remove(kit.name(19));
  ChainView view{
      kit.listing, kit.segment_bytes, wal::lone_timeline(1), std::nullopt, kit.start + 20min + 30s, 2min, {}};
  view.claimed = wal::Lsn{19 * kit.segment_bytes};
  EXPECT_EQ(walk_chain(view).gaps[0].state, LinkState::delayed) << "the claim ends before it";
  view.claimed = wal::Lsn{20 * kit.segment_bytes};
  EXPECT_EQ(walk_chain(view).gaps[0].state, LinkState::lost);
}

TEST(Chain, IsSilentWhileAnIdleServerWritesNothing) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 4);
  EXPECT_TRUE(kit.walk(21, {}, 1000h).gaps.empty());
}

TEST(Chain, SeesShortAndEmptyFiles) {
  ListingKit kit;
  for (std::uint64_t number = 3; number < 20; ++number) kit.segment(number, 1, false);
  kit.set("A", 3, 4);
  kit.listing.wal[5].stored_bytes = 0;
  kit.listing.wal[6].stored_bytes = 4096;
  const ChainReport report = kit.walk(20);
  ASSERT_EQ(report.gaps.size(), 1u);
  EXPECT_EQ(report.gaps[0].state, LinkState::wrong_size);
  EXPECT_EQ(report.gaps[0].count, 2u);
  EXPECT_EQ(report.gaps[0].after, kit.name(10));
  ListingKit packed;
  packed.segments(3, 20);
  packed.set("A", 3, 4);
  packed.listing.wal[4].stored_bytes = 0;
  EXPECT_EQ(packed.walk(21).gaps.at(0).state, LinkState::wrong_size);
}

TEST(Chain, AllowsACipherItsFewBytes) {
  ListingKit kit;
  for (std::uint64_t number = 3; number < 20; ++number) kit.segment(number, 1, false);
  for (auto& file : kit.listing.wal) file.stored_bytes += 32;
  kit.set("A", 3, 4);
  EXPECT_TRUE(kit.walk(20).gaps.empty());
}

TEST(Chain, CannotTrustASegmentThatIsThereTwiceAndDiffers) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("A", 3, 4);
  kit.segment(9);
  for (auto& file : kit.listing.wal) file.sha1 = "same";
  EXPECT_TRUE(kit.walk(21).gaps.empty());
  EXPECT_EQ(kit.walk(21).notes.size(), 1u);
  std::ranges::find(kit.listing.wal, kit.name(9), &catalogs::ArchivedFile::name)->sha1 = "other";
  const ChainReport report = kit.walk(21);
  ASSERT_EQ(report.gaps.size(), 1u);
  EXPECT_EQ(report.gaps[0].state, LinkState::ambiguous);
  EXPECT_EQ(report.sets[0].to->segment, kit.name(8));
}

TEST(Chain, HasNoPhantomGapsWithSegmentsOf64MiBAnd1MiB) {
  for (const std::uint64_t bytes : {64ULL << 20, 1ULL << 20}) {
    ListingKit kit;
    kit.segment_bytes = bytes;
    const std::uint64_t log = (1ULL << 32) / bytes;
    kit.segments(log - 10, 3 * log + 10);
    kit.set("A", log - 5, log - 4);
    kit.listing.sets[0].start_lsn.reset();
    const ChainReport report = kit.walk(3 * log + 11);
    EXPECT_EQ(report.segment_bytes, bytes);
    EXPECT_TRUE(report.segment_bytes_known);
    EXPECT_TRUE(report.gaps.empty());
    EXPECT_EQ(report.listed->segment, kit.name(3 * log + 10));
  }
}

TEST(Chain, TellsTheSegmentSizeFromASetsLsn) {
  ListingKit kit;
  kit.segment_bytes = 64ULL << 20;
  kit.segments(3, 20);
  kit.set("A", 5, 6);
  EXPECT_EQ(kit.walk(21).segment_bytes, 64ULL << 20);
}

TEST(Chain, FollowsTheServerOverASwitchOfTimelines) {
  ListingKit kit;
  kit.segments(3, 9, 1);
  kit.file(kit.name(10, 1) + ".partial");
  kit.segments(10, 20, 2);
  kit.file("00000002.history");
  kit.set("A", 4, 5);
  const wal::TimelineHistory history{2, {{1, wal::Lsn{10 * kit.segment_bytes + 500}, "promoted"}}};
  const ChainReport report = kit.walk(21, history);
  EXPECT_TRUE(report.gaps.empty());
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_TRUE(report.notes.empty());
  EXPECT_EQ(report.listed->segment, kit.name(20, 2));
}

TEST(Chain, AllowsATimelineThatHasNoSegmentOfItsOwn) {
  ListingKit kit;
  kit.segments(3, 9, 1);
  kit.segments(10, 20, 4);
  for (const char* name : {"00000002.history", "00000003.history", "00000004.history"}) kit.file(name);
  kit.set("A", 4, 5);
  const wal::Lsn there{10 * kit.segment_bytes + 500};
  const ChainReport report = kit.walk(21, wal::TimelineHistory{4, {{1, there, ""}, {2, there, ""}}});
  EXPECT_TRUE(report.gaps.empty());
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_EQ(report.sets[0].restorable, Answer::yes);
}

TEST(Chain, SaysThatALostHistoryFileBarsTheWay) {
  ListingKit kit;
  kit.segments(3, 9, 1);
  kit.segments(10, 20, 2);
  kit.set("A", 4, 5);
  const wal::TimelineHistory history{2, {{1, wal::Lsn{10 * kit.segment_bytes + 500}, ""}}};
  const ChainReport fresh = kit.walk(21, history);
  EXPECT_TRUE(fresh.troubles.empty());
  EXPECT_THAT(fresh.notes.at(0), HasSubstr("00000002.history is not archived yet"));
  ChainView view{kit.listing, 0, history, {}, kit.start + 24h * 366, 2min, fresh.holes};
  EXPECT_THAT(walk_chain(view).troubles.at(0), HasSubstr("00000002.history is missing"));
}

TEST(Chain, TellsASecondWriterFromAnOldPrimary) {
  ListingKit kit;
  kit.segments(3, 14, 1);
  kit.segments(10, 20, 2);
  kit.file("00000002.history");
  kit.set("A", 4, 5);
  const wal::TimelineHistory history{2, {{1, wal::Lsn{10 * kit.segment_bytes + 500}, ""}}};
  const ChainReport old_primary = kit.walk(21, history);
  EXPECT_TRUE(old_primary.troubles.empty());
  EXPECT_THAT(old_primary.notes.at(0), HasSubstr("an old primary wrote them"));
  kit.segment(21, 3);
  EXPECT_THAT(kit.walk(21, history).troubles.at(0), HasSubstr("another server archives here"));
}

TEST(Chain, LeavesASetOfAnotherBranchOnItsBranch) {
  ListingKit kit;
  kit.segments(3, 14, 1);
  kit.segments(10, 20, 2);
  kit.file("00000002.history");
  kit.set("A", 4, 5);
  kit.set("late", 12, 13, 1);
  const wal::TimelineHistory history{2, {{1, wal::Lsn{10 * kit.segment_bytes + 500}, ""}}};
  const ChainReport report = kit.walk(21, history);
  EXPECT_FALSE(report.sets[1].on_branch);
  EXPECT_EQ(report.sets[1].to->segment, kit.name(14, 1));
  EXPECT_EQ(report.newest, 0u);
}

TEST(Chain, SaysNoForAnEmptyArchiveAndUnknownForAnUnreadableOne) {
  ListingKit kit;
  kit.set("A", 4, 5);
  EXPECT_EQ(kit.walk().sets[0].restorable, Answer::no);
  kit.listing.troubles.push_back("cannot list the archive");
  EXPECT_EQ(kit.walk().sets[0].restorable, Answer::unknown);
  ListingKit empty;
  const ChainReport report = empty.walk(5);
  EXPECT_FALSE(report.listed);
  EXPECT_TRUE(report.gaps.empty());
  EXPECT_TRUE(report.sets.empty());
}

TEST(Chain, HoldsADifferentialToItsReferences) {
  ListingKit kit;
  kit.segments(3, 20);
  kit.set("F", 3, 4).complete = false;
  kit.set("D", 8, 9).references = {"F"};
  kit.set("E", 10, 11).references = {"gone"};
  const ChainReport report = kit.walk(21);
  EXPECT_THAT(report.sets[1].why, HasSubstr("F, which is not complete"));
  EXPECT_THAT(report.sets[2].why, HasSubstr("gone, which is not there"));
  EXPECT_EQ(report.sets[2].restorable, Answer::no);
}

TEST(Chain, DoesNotRollADumpForward) {
  ListingKit kit;
  kit.set("dump", 0, 0).kind = catalogs::BackupKind::dump;
  kit.listing.archives_wal = false;
  const ChainReport report = kit.walk();
  EXPECT_EQ(report.sets[0].restorable, Answer::yes);
  EXPECT_FALSE(report.sets[0].to);
  EXPECT_FALSE(report.newest);
}

TEST(Chain, StepsOverOneHundredThousandSegments) {
  ListingKit kit;
  kit.segments(3, 100'002);
  for (std::uint64_t number = 10; number < 100'000; number += 500)
    kit.set(std::to_string(number), number, number + 1);
  kit.remove(kit.name(70'000));
  const ChainReport report = kit.walk(100'003);
  EXPECT_EQ(report.gaps.size(), 1u);
  EXPECT_EQ(report.path.size(), 100'002u - 10u);
  EXPECT_EQ(report.sets.front().to->segment, kit.name(69'999));
  EXPECT_EQ(report.listed->segment, kit.name(100'002));
}

}  // namespace
}  // namespace outrider::recovery
