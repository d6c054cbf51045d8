// run_drill on a simulated ground: hundreds of sites, some ruined, some in trouble, some cancelled.
#include "agent/recovery/drill/drill.hpp"

#include "agent/os/random.hpp"
#include "agent/recovery/drill/sim/drill_kit.hpp"
#include "agent/recovery/ground/sim_ruins.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> phases_of(const DrillRecord& record) {
  std::vector<std::string> names;
  for (const auto& phase : record.phases) names.push_back(phase.name);
  return names;
}

const std::vector<std::string> all_phases = {"find",   "fetch",   "start", "replay",
                                             "verify", "promote", "verify"};

// What must hold whatever happens.
void hold(const SimSite& site, const Ran& ran) {
  ASSERT_TRUE(ran.ended) << "it hangs";
  EXPECT_EQ(ran.teardowns, 1);
  EXPECT_EQ(ran.calls_after_teardown, 0);
  if (!ran.record) {
    EXPECT_FALSE(ran.kept);
    return;
  }
  const DrillRecord& record = *ran.record;
  EXPECT_FALSE(record.sentence.empty());
  EXPECT_EQ(ran.kept, record.finding == Finding::proven) << "only what is sound is kept for the next one";
  switch (record.finding) {
    case Finding::proven:
      EXPECT_EQ(phases_of(record), all_phases);
      EXPECT_TRUE(record.broken.empty());
      EXPECT_EQ(record.isolation->why_not, site.trouble.shares_network);
      EXPECT_GE(record.level, Level::replayed);
      EXPECT_TRUE(!site.ruin.any() || record.level < Level::asserted)
          << "only a witness who could not speak misses it";
      EXPECT_FALSE(ran.trouble_told) << "a trouble was passed over";
      for (const auto& witness : record.witnesses) EXPECT_NE(witness.standing, core::Standing::not_ok);
      break;
    case Finding::disproved:
      EXPECT_FALSE(record.broken.empty());
      EXPECT_TRUE(site.ruin.any()) << "a sound backup is called broken: " << record.broken;
      EXPECT_FALSE(ran.trouble_told) << "a trouble says nothing: " << record.broken;
      break;
    case Finding::could_not_verify: EXPECT_FALSE(record.broken.empty()); break;
  }
}

}  // namespace

TEST(Drill, ProvesASoundBackupInEveryPhaseAndAtTheHighestLevel) {
  const SimSite site;
  const Ran ran = drill(site);
  hold(site, ran);
  ASSERT_TRUE(ran.record);
  EXPECT_EQ(ran.record->finding, Finding::proven) << ran.record->sentence;
  EXPECT_EQ(ran.record->level, Level::asserted);
  EXPECT_EQ(ran.record->canary->last_found, sim_canaries);
  EXPECT_FALSE(ran.record->canary->first_lost);
}

TEST(Drill, NamesWhateverIsBrokenWhenNothingElseGoesWrong) {
  for (std::uint64_t seed = 0; seed < 130; ++seed) {
    Dice random(seed);
    SimSite site;
    site.ruin = ruin_number(static_cast<unsigned>(seed % 15), random);
    const Ran ran = drill(site);
    SCOPED_TRACE("seed " + std::to_string(seed));
    hold(site, ran);
    ASSERT_TRUE(ran.record);
    EXPECT_EQ(ran.record->finding, Finding::disproved) << ran.record->sentence;
  }
}

TEST(Drill, IsNeverWrongWhateverGoesWrongAroundIt) {
  int proven = 0, disproved = 0, unknown = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Dice random(seed);
    SimSite site;
    if (random() % 3 == 0) site.ruin = ruin_number(static_cast<unsigned>(random() % 15), random);
    if (random() % 4 != 0) site.trouble = some_trouble(random);
    if (seed % 7 == 0) site.trouble.shares_network = "the kernel says no";
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Ran ran = drill(site);
    hold(site, ran);
    ASSERT_TRUE(ran.record);
    proven += ran.record->finding == Finding::proven;
    disproved += ran.record->finding == Finding::disproved;
    unknown += ran.record->finding == Finding::could_not_verify;
  }
  EXPECT_GT(proven, 100);
  EXPECT_GT(disproved, 50);
  EXPECT_GT(unknown, 100);
}

TEST(Drill, ClearsItsGroundOnceWheneverItIsCancelled) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Dice random(seed);
    SimSite site;
    if (random() % 2 == 0) site.trouble = some_trouble(random);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Ran ran = drill(site, std::chrono::milliseconds(random() % 16'000));
    hold(site, ran);
    EXPECT_TRUE(ran.record || ran.cancelled);
  }
}

TEST(Drill, GivesUpWhenTheServerDiesInAnyStage) {
  for (int tenths = 0; tenths < 120; ++tenths) {
    SimSite site;
    site.trouble.server_dies = std::chrono::milliseconds(100 * tenths);
    SCOPED_TRACE(tenths);
    const Ran ran = drill(site);
    hold(site, ran);
    ASSERT_TRUE(ran.record);
    EXPECT_NE(ran.record->finding, Finding::disproved);
  }
}

TEST(Drill, TakesAWitnessWhoCannotSpeakForWhatHeIs) {
  SimSite site;
  site.trouble.silent = {"canary"};
  const Ran ran = drill(site);
  hold(site, ran);
  ASSERT_EQ(ran.record->finding, Finding::proven);
  EXPECT_EQ(ran.record->level, Level::replayed) << "not asserted: one witness is missing";
  EXPECT_FALSE(ran.record->notes.empty());
}

TEST(Drill, OnAMachineThatSortsOtherwiseAssertsNothing) {
  SimSite site;
  site.trouble.sorts_otherwise = true;
  const Ran ran = drill(site);
  hold(site, ran);
  ASSERT_EQ(ran.record->finding, Finding::proven);
  EXPECT_EQ(ran.record->level, Level::replayed);
  const auto told = std::ranges::find(ran.record->witnesses, "collations", &Witness::name);
  ASSERT_NE(told, ran.record->witnesses.end());
  EXPECT_EQ(told->standing, core::Standing::unknown);
  EXPECT_NE(told->detail.find("was sorted by version 2.31, here it is 2.36"), std::string::npos)
      << told->detail;
}

TEST(Drill, NamesTheFileThatIsNotAsItsManifestHasItBeforeAServerIsStarted) {
  SimSite site;
  site.ruin.file_differs = true;
  const Ran ran = drill(site);
  hold(site, ran);
  ASSERT_EQ(ran.record->finding, Finding::disproved);
  EXPECT_NE(ran.record->broken.find("base/5/16384"), std::string::npos) << ran.record->broken;
  EXPECT_EQ(ran.record->phases.back().name, "fetch");
}

namespace {

const Witness& contents_of(const Ran& ran) {
  for (const auto& witness : ran.record->witnesses) {
    if (witness.name == "content hashes") return witness;
  }
  static const Witness none;
  return none;
}

}  // namespace

TEST(Drill, FindsAStaleFileThatAgreesWithItsIndexAndNamesItsPlace) {
  SimSite site;
  site.ruin.content_stale = true;
  const Ran ran = drill(site);
  hold(site, ran);
  ASSERT_EQ(ran.record->finding, Finding::disproved);
  for (const char* words :
       {"public.notes in postgres", "blocks 0 to 2047", "another content", "0/C00008", "0/6400000"})
    EXPECT_NE(ran.record->broken.find(words), std::string::npos) << words << " in " << ran.record->broken;
  EXPECT_EQ(ran.record->contents->differing, 1u);
}

TEST(Drill, SaysUnknownOfContentWhereNothingCanBeComparedAndNeverOk) {
  const auto at = [](std::uint64_t segment) { return wal::Lsn{segment * sim_segment_bytes}; };
  std::vector<std::pair<std::string, SimSourceState>> sources(8, {"", usual_source()});
  sources[0] = {"was being written to", usual_source()};
  sources[0].second.busy = true;
  sources[1] = {"connection refused", usual_source()};
  sources[1].second.gone_from = 0;
  sources[2] = {"a second time: connection refused", usual_source()};
  sources[2].second.gone_from = 1;
  sources[3] = {"standby", usual_source()};
  sources[3].second.standby = true;
  sources[4] = {"the next drill can compare", usual_source()};
  sources[4].second.passes = {at(50), at(100)};
  sources[5] = {"GRANT pg_read_all_data", usual_source()};
  sources[5].second.denied = true;
  sources[6] = {"gone back to an earlier place", usual_source()};
  sources[6].second.passes = {at(12), at(11)};
  sources[7] = {"no tables", usual_source()};
  sources[7].second.empty = true;
  for (const bool stale : {false, true}) {
    for (const auto& [words, state] : sources) {
      SimSite site;
      site.ruin.content_stale = stale;
      const Ran ran = drill(site, {}, state);
      SCOPED_TRACE(words);
      hold(site, ran);
      ASSERT_EQ(ran.record->finding, Finding::proven);
      EXPECT_EQ(ran.record->level, Level::replayed);
      EXPECT_EQ(contents_of(ran).standing, core::Standing::unknown);
      EXPECT_NE(contents_of(ran).detail.find(words), std::string::npos) << contents_of(ran).detail;
    }
  }
}

TEST(Drill, UsesWhatWasHashedForEarlierOnesWhenThePrimaryIsGone) {
  SimSourceState state = usual_source();
  state.gone_from = 2;
  for (const bool stale : {false, true}) {
    SimSite site;
    site.ruin.content_stale = stale;
    const Ran ran = drill(site, {}, state, 2);
    hold(site, ran);
    EXPECT_EQ(ran.record->finding, stale ? Finding::disproved : Finding::proven) << ran.record->sentence;
    EXPECT_EQ(contents_of(ran).standing, stale ? core::Standing::not_ok : core::Standing::ok);
  }
  // The archive goes on behind the last place at which it was hashed.
  state.passes = {wal::Lsn{12 * sim_segment_bytes}, wal::Lsn{20 * sim_segment_bytes}};
  SimSite site;
  site.ruin.content_stale = true;
  EXPECT_EQ(contents_of(drill(site, {}, state, 2)).standing, core::Standing::unknown);
}

TEST(Drill, GoesToARestorePointAndToNoOtherOfThatName) {
  DrillOrder order = everything();
  order.promote = false;
  order.target.name = "before-v42";
  order.target.lies_at = wal::Lsn{15 * sim_segment_bytes};
  SimSite site;
  const Ran ran = drill(site, {}, usual_source(), 0, order);
  ASSERT_TRUE(ran.record);
  EXPECT_EQ(ran.record->finding, Finding::proven) << ran.record->sentence;
  EXPECT_EQ(ran.record->reached, order.target.lies_at);
  EXPECT_EQ(ran.record->restore_point->name, "before-v42");
  site.trouble.same_name = 13;
  const Ran elsewhere = drill(site, {}, usual_source(), 0, order);
  ASSERT_TRUE(elsewhere.record);
  EXPECT_EQ(elsewhere.record->finding, Finding::could_not_verify);
  EXPECT_NE(elsewhere.record->broken.find("not the only one"), std::string::npos) << elsewhere.record->broken;
}

}  // namespace outrider::recovery
