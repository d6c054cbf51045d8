#include "agent/recovery/fingerprint/judge.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using core::Standing;

const Digest before{100, "7"}, after{100, "8"}, fewer{90, "7"};

struct Scene {
  std::map<wal::Lsn, UnderWay> under_way;
  Compared one;
  std::optional<Pass> closing = Pass{1, 1, wal::Lsn{500}, {{}, 900}, {}};
  std::set<std::uint64_t> committed;
  wal::Lsn reached{300};

  Scene() {
    one.candidate.chunk = {{5, 7, 2048, 2048}, 1000};
    one.candidate.run = {1, wal::Lsn{200}, std::nullopt, before};
    one.where = "public.notes in postgres";
    one.copy.digest = before;
    one.again = before;
  }
  CompareView view() const { return {reached, 1, under_way, closing, committed}; }
  ChunkVerdict judge() const { return judge_chunk(one, view()); }
  ContentVerdict judge_all(ContentFinding& finding) const {
    return judge_contents({one}, view(), finding, "the source is gone");
  }
};

TEST(Contents, AConstantRangeIsTheSameInAnHonestCopy) { EXPECT_EQ(Scene().judge(), ChunkVerdict::same); }

TEST(Contents, AConstantRangeThatIsAnotherInTheCopyIsAnAlarmThatNamesIt) {
  Scene scene;
  scene.one.copy.digest = after;
  ContentFinding finding;
  ContentVerdict verdict = scene.judge_all(finding);
  EXPECT_EQ(verdict.standing, Standing::not_ok);
  EXPECT_EQ(
      verdict.detail,
      "public.notes in postgres, blocks 2048 to 4095: the same number of rows (100) but another content than"
      " on the source from 0/C8 to 0/1F4");
  scene.one.copy.digest = fewer;
  finding = {};
  verdict = scene.judge_all(finding);
  EXPECT_EQ(
      verdict.detail,
      "public.notes in postgres, blocks 2048 to 4095: 100 rows on the source from 0/C8 to 0/1F4, 90 in the"
      " copy");
  scene.one.copy = {std::nullopt, true, false, ""};
  finding = {};
  verdict = scene.judge_all(finding);
  EXPECT_EQ(verdict.detail, "public.notes in postgres is not in the copy, and was on the source");
  scene.one.copy = {std::nullopt, false, true, "invalid page in block 2050"};
  finding = {};
  verdict = scene.judge_all(finding);
  EXPECT_EQ(verdict.detail, "public.notes in postgres, blocks 2048 to 4095: invalid page in block 2050");
  EXPECT_EQ(finding.differing, 1u);
  EXPECT_NE(scene.judge_all(finding).detail.find("; and 1 other range"), std::string::npos);
}

TEST(Contents, ABusyRangeProvesNothingWhateverTheCopyHolds) {
  for (const Digest& copy : {before, after, fewer}) {
    Scene scene;
    scene.one.again = after;
    scene.one.copy.digest = copy;
    EXPECT_EQ(scene.judge(), ChunkVerdict::busy);
  }
}

TEST(Contents, OutsideOfTheSpanNothingIsSaid) {
  Scene scene;
  scene.one.copy.digest = after;
  scene.reached = wal::Lsn{199};
  EXPECT_EQ(scene.judge(), ChunkVerdict::open);
  scene.reached = wal::Lsn{501};
  EXPECT_EQ(scene.judge(), ChunkVerdict::open);
  scene.reached = wal::Lsn{300};
  scene.closing.reset();
  scene.one.again.reset();
  EXPECT_EQ(scene.judge(), ChunkVerdict::open) << "the source is gone";
  scene = Scene();
  scene.one.copy.digest = after;
  scene.one.candidate.run.timeline = 2;
  EXPECT_EQ(scene.judge(), ChunkVerdict::open) << "the same place on another timeline is another place";
}

TEST(Contents, WhatWasClosedEarlierServesWhenTheSourceIsGoneOrBusyNow) {
  for (const bool gone : {true, false}) {
    Scene scene;
    scene.one.candidate.run.to = wal::Lsn{400};
    scene.one.again = gone ? std::optional<Digest>() : std::optional(after);
    if (gone) scene.closing.reset();
    EXPECT_EQ(scene.judge(), ChunkVerdict::same);
    scene.one.copy.digest = fewer;
    EXPECT_EQ(scene.judge(), ChunkVerdict::differs);
    scene.reached = wal::Lsn{401};
    EXPECT_EQ(scene.judge(), gone ? ChunkVerdict::open : ChunkVerdict::busy);
  }
}

// A commit is in the WAL before anybody sees it; while it waits for a standby, for long.
TEST(Contents, ATransactionThatWasBeingCommittedAllTheWhileIsNoAlarm) {
  Scene scene;
  scene.one.copy.digest = after;
  scene.closing->under_way = {{740, 741}, 750};
  EXPECT_EQ(doubts({scene.one}, scene.view()).ids, (std::set<std::uint64_t>{740, 741}));
  EXPECT_EQ(doubts({scene.one}, scene.view()).from, 750u);
  EXPECT_EQ(scene.judge(), ChunkVerdict::differs) << "the copy has neither as committed";
  scene.committed = {741};
  EXPECT_EQ(scene.judge(), ChunkVerdict::doubtful);
  scene.committed = {750};
  EXPECT_EQ(scene.judge(), ChunkVerdict::doubtful) << "it has a number, and is in no list";
  scene.committed = {742, 749};
  EXPECT_EQ(scene.judge(), ChunkVerdict::differs) << "those had ended";
  scene.committed = {741};
  scene.one.copy.digest = before;
  EXPECT_EQ(scene.judge(), ChunkVerdict::same);
  EXPECT_TRUE(doubts({scene.one}, scene.view()).ids.empty()) << "nobody has to be asked";
  scene.one.copy.digest = after;
  scene.one.candidate.run.to = wal::Lsn{300};
  scene.under_way[wal::Lsn{300}] = {{741}, 750};
  EXPECT_EQ(scene.judge(), ChunkVerdict::doubtful) << "also with what was closed earlier";
}

TEST(Contents, WithNothingComparedItIsUnknownAndSaysWhy) {
  Scene scene;
  scene.one.copy = {std::nullopt, false, false, "canceling statement due to lock timeout"};
  ContentFinding finding;
  const ContentVerdict verdict = scene.judge_all(finding);
  EXPECT_EQ(verdict.standing, Standing::unknown);
  EXPECT_EQ(verdict.detail, "the source is gone");
  EXPECT_EQ(finding.unread, 1u);
  ContentFinding none;
  EXPECT_EQ(judge_contents({}, scene.view(), none, "").standing, Standing::unknown);
}

TEST(Contents, WhatIsCoveredIsTold) {
  ContentFinding finding{.same = 3,
                         .differing = 0,
                         .busy = 2,
                         .young = 1,
                         .unread = 1,
                         .same_bytes = 3 << 20,
                         .table_bytes = 12 << 20,
                         .unreadable_tables = 2,
                         .drills_for_all = 9};
  EXPECT_EQ(show(finding),
            "3 ranges of tables, 3 MiB of 12 MiB (25 %), are as on the source; 2 were being written to; 1 "
            "were hashed or written to too late for it; 1 could not be judged; all of it takes 9 drills; 2 "
            "tables may not be read");
}

}  // namespace
}  // namespace outrider::recovery
