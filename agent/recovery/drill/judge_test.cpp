// The pure parts of a drill: which set, what last words mean, what is said in the end.
#include "agent/core/text.hpp"
#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/drill/choose.hpp"
#include "agent/recovery/drill/replay.hpp"
#include "agent/recovery/drill/report.hpp"
#include "agent/recovery/drill/stages.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

struct Site {
  ListingKit kit;
  DrillOrder order;
  Source source;

  Site() {
    kit.segments(10, 30);
    kit.set("old", 10, 11).stopped = kit.start + 1h;
    kit.set("new", 20, 21).stopped = kit.start + 2h;
  }
  tl::expected<Choice, Stop> choose() {
    const ChainReport chain = kit.walk();
    return recovery::choose(kit.listing, chain, order, source);
  }
};

os::ToolResult ended(int code, std::string errors) {
  os::ToolResult result;
  result.exit.exited = true;
  result.exit.code = code;
  result.errors = std::move(errors);
  return result;
}

}  // namespace

TEST(Choose, TakesTheSetThatLeadsFurthest) {
  Site site;
  const auto choice = site.choose();
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->set.label, "new");
  EXPECT_EQ(choice->way.front(), site.kit.name(20));
  EXPECT_EQ(choice->way.back(), site.kit.name(30));
  EXPECT_EQ(choice->timeline, 1u);
}

TEST(Choose, TakesASetFromBeforeTheTarget) {
  Site site;
  site.order.target.time = site.kit.start + 90min;
  EXPECT_EQ(site.choose()->set.label, "old");
  site.order.target.time = site.kit.start + 30min;
  EXPECT_EQ(site.choose().error().finding, Finding::could_not_verify);
  site.order.target = {};
  site.order.target.lsn = wal::Lsn{15 * site.kit.segment_bytes};
  EXPECT_EQ(site.choose()->set.label, "old");
  site.order.target = {};
  site.order.target.name = "before";
  EXPECT_EQ(site.choose()->set.label, "new") << "nobody knows where that is";
  site.order.target.lies_at = wal::Lsn{15 * site.kit.segment_bytes};
  EXPECT_EQ(site.choose()->set.label, "old");
}

TEST(Choose, RefusesASetThatIsTooYoungForTheTargetOrNotThere) {
  Site site;
  site.order.set = "new";
  site.order.target.lsn = wal::Lsn{15 * site.kit.segment_bytes};
  EXPECT_EQ(site.choose().error().finding, Finding::could_not_verify);
  site.order = {};
  site.order.set = "none";
  EXPECT_EQ(site.choose().error().finding, Finding::could_not_verify);
  site.kit.listing.sets.back().complete = false;
  site.order.set = "new";
  EXPECT_EQ(site.choose().error().finding, Finding::disproved);
}

TEST(Choose, KnowsAnotherClusterByItsIdentifier) {
  Site site;
  site.source.system_id = 1;
  site.kit.listing.system_id = 2;
  EXPECT_EQ(site.choose().error().finding, Finding::disproved);
}

TEST(Choose, TakesNothingForMissingThatCouldNotBeRead) {
  Site site;
  site.kit.listing.wal_known = false;
  site.kit.listing.troubles = {"the archive cannot be listed"};
  const auto choice = site.choose();
  EXPECT_EQ(choice.error().finding, Finding::could_not_verify);
  EXPECT_EQ(choice.error().why, "the archive cannot be listed");
  Site other;
  other.kit.listing.sets.clear();
  EXPECT_EQ(other.choose().error().finding, Finding::disproved);
  other.kit.listing.sets_known = false;
  EXPECT_EQ(other.choose().error().finding, Finding::could_not_verify);
}

TEST(Choose, CountsWhatLiesBehindAHoleOverAllTimelines) {
  Choice choice;
  ListingKit kit;
  choice.archive = {kit.name(5), kit.name(7), kit.name(7, 2), kit.name(8, 2), "00000002.history"};
  EXPECT_EQ(segments_behind(choice, kit.name(6)), 2u);
  EXPECT_EQ(segments_behind(choice, kit.name(8, 2)), 0u);
  EXPECT_EQ(segments_behind(choice, ""), 0u);
  choice.way = {kit.name(5), kit.name(7)};
  EXPECT_EQ(segments_behind(choice, kit.name(6)), 1u) << "timeline 2 leads elsewhere";
}

TEST(Choose, NeedsRoomForTheDataAndForWalOnItsWay) {
  Choice choice;
  EXPECT_EQ(needed_bytes(choice, 16 << 20), 0u) << "unknown";
  choice.set.database_bytes = 1000;
  EXPECT_GT(needed_bytes(choice, 16 << 20), 1100u + (16u << 20));
}

TEST(LastWords, ATroubleWithFetchingSaysNothingOfTheBackup) {
  Fetches fetches;
  fetches.trouble = "it could not be fetched";
  fetches.absent = "000000010000000000000005";
  EXPECT_EQ(judge_last_words("FATAL:  anything", fetches).finding, Finding::could_not_verify);
}

TEST(LastWords, AMachineThatCannotRunAServerSaysNothingEither) {
  for (const char* words :
       {"PANIC:  could not write to file: No space left on device", "FATAL:  Cannot allocate memory",
        "FATAL:  unrecognized configuration parameter \"x\"", "killed by signal 9 (SIGKILL)",
        "LOG:  startup process (PID 7) was terminated by signal 9: Killed"}) {
    EXPECT_EQ(judge_last_words(words, {}).finding, Finding::could_not_verify) << words;
  }
}

TEST(LastWords, WhatTheServerDoesNotLikeInTheBackupDisprovesIt) {
  Fetches fetches;
  EXPECT_EQ(judge_last_words("PANIC:  WAL contains references to invalid pages", fetches).finding,
            Finding::disproved);
  fetches.absent = "000000010000000000000005";
  const Stop stop =
      judge_last_words("FATAL:  recovery ended before configured recovery target was reached", fetches);
  EXPECT_EQ(stop.finding, Finding::disproved);
  EXPECT_NE(stop.why.find(fetches.absent), std::string::npos);
}

TEST(Restore, ItsWordsTellContentFromCircumstance) {
  EXPECT_EQ(judge_restore("restore", ended(29, "ERROR: checksum mismatch")).value().finding,
            Finding::disproved);
  EXPECT_EQ(judge_restore("restore", ended(55, "ERROR: unable to open missing file")).value().finding,
            Finding::disproved);
  EXPECT_EQ(judge_restore("restore", ended(103, "ERROR: timed out")).value().finding,
            Finding::could_not_verify);
}

TEST(Settle, AssertsOnlyWhenEveryWitnessSpokeForIt) {
  DrillRecord record;
  record.witnesses = {{"canary", core::Standing::ok, "", {}}, {"rows by index", core::Standing::ok, "", {}}};
  settle(record, std::nullopt);
  EXPECT_EQ(record.level, Level::asserted);
  record.witnesses.push_back({"amcheck", core::Standing::unknown, "not installed", {}});
  settle(record, std::nullopt);
  EXPECT_EQ(record.level, Level::replayed);
  DrillRecord bare;
  settle(bare, std::nullopt);
  EXPECT_EQ(bare.level, Level::replayed);
}

TEST(Settle, WhatStoppedItIsToldAndNothingIsProven) {
  DrillRecord record;
  record.witnesses = {{"rows by index", core::Standing::ok, "", {}}};
  settle(record, Stop{Finding::disproved, "a segment is missing"});
  EXPECT_EQ(record.finding, Finding::disproved);
  EXPECT_EQ(record.level, Level::unknown);
  EXPECT_EQ(record.broken, "a segment is missing");
  EXPECT_EQ(exit_code_of(record), 2);
  settle(record, Stop{Finding::could_not_verify, "no room"});
  EXPECT_EQ(exit_code_of(record), 3);
}

TEST(Report, ShowsFindingPhasesWitnessesAndTheFirstLostCanary) {
  DrillRecord record;
  record.id = "20261121-142614";
  record.set = "20261121-120000F";
  record.phases = {{"fetch", 2s}, {"replay", 4s}};
  record.restored_bytes = 200'000'000;
  record.total = 6s;
  record.witnesses = {{"amcheck", core::Standing::unknown, "not installed", {}}};
  record.canary = CanaryFinding{12, 9, 10, core::WallTime(1s), core::WallTime(0s), 51s};
  record.proven_rpo = 51s;
  record.notes = {"something odd"};
  record.isolation = Isolation{false, "the kernel says no"};
  settle(record, std::nullopt);
  const std::string text = show(record);
  for (const char* words : {"PROVEN (", "100 MB/s", "unknown amcheck: not installed", "first lost: canary 10",
                            "not cut off from the network: the kernel says no", "note: something odd",
                            "would have been lost, from canary 10 on"}) {
    EXPECT_NE(text.find(words), std::string::npos) << words << " in\n" << text;
  }
}

// The documentation shows the table itself.
TEST(Stages, TheDiagramInTheDocumentationIsTheTable) {
  std::ifstream file("docs/recovery/drill.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("```mermaid\n" + stage_diagram() + "```"), std::string::npos)
      << "docs/recovery/drill.md must hold:\n```mermaid\n"
      << stage_diagram() << "```";
}

TEST(Stages, EveryStageLeadsToTheEnd) {
  int steps = 0;
  for (Stage stage = Stage::find; stage != Stage::over; stage = rule_of(stage).next) {
    EXPECT_EQ(rule_of(stage).stage, stage);
    ASSERT_LT(++steps, 8);
  }
  EXPECT_EQ(steps, 7);
}

}  // namespace outrider::recovery
