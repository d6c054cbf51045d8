#include "agent/recovery/bundle/bundle.hpp"

#include "agent/recovery/bundle/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using namespace std::chrono_literals;

namespace {

Bundle bundle_of(const std::string& history, BundleFacts facts = sample_facts()) {
  const auto taken = take_drills(history, facts);
  EXPECT_TRUE(taken.has_value());
  auto bundle = make_bundle(std::move(facts));
  EXPECT_TRUE(bundle.has_value());
  return std::move(*bundle);
}

std::string line_of(const DrillRecord& record) { return to_json_line(record) + "\n"; }

DrillRecord proven(std::string id, std::string_view started) {
  return drill_of(std::move(id), at(started), Finding::proven);
}

}  // namespace

TEST(Bundle, SaysWhatWasDueAndWhatWasHeldOfIt) {
  const Bundle bundle = sample_bundle();
  ASSERT_EQ(bundle.schedule.size(), 4u);
  EXPECT_EQ(bundle.schedule[0].state, DueState::held);
  EXPECT_EQ(bundle.schedule[0].drill, "20261118-033000");
  EXPECT_EQ(bundle.schedule[1].state, DueState::held) << "held, whatever it found";
  EXPECT_EQ(bundle.schedule[2].state, DueState::missed);
  EXPECT_EQ(bundle.summary.held, 3u);
  EXPECT_EQ(bundle.summary.missed, 1u);
  EXPECT_NE(bundle.summary.sentence.find("of 4 that were due 3 were held, 1 missed"), std::string::npos)
      << bundle.summary.sentence;
}

TEST(Bundle, BeforeAnythingWasWrittenNothingIsKnownAndNothingMissed) {
  BundleFacts facts = sample_facts();
  facts.since = at("2026-11-16T00:00:00.000Z");
  const Bundle bundle = bundle_of(sample_history(), facts);
  EXPECT_EQ(bundle.summary.not_known, 2u);
  EXPECT_EQ(bundle.summary.missed, 1u);
  EXPECT_EQ(bundle.facts.known_since, at("2026-11-18T03:30:00.000Z"));
}

TEST(Bundle, ADrillThatMayStillComeIsNotMissed) {
  BundleFacts facts = sample_facts();
  facts.until = facts.made = at("2026-11-20T04:00:00.000Z");
  EXPECT_EQ(bundle_of(sample_history(), facts).schedule.size(), 2u);
  facts.until = facts.made = at("2026-11-20T04:31:00.000Z");
  EXPECT_EQ(bundle_of(sample_history(), facts).summary.missed, 1u);
}

TEST(Bundle, NothingThatWentWrongIsLeftOutAndWhatClosedItIsNamed) {
  const Bundle bundle = sample_bundle();
  ASSERT_EQ(bundle.lapses.size(), 2u);
  EXPECT_EQ(
      bundle.lapses[0].sentence,
      "drill 20261119-033000 disproved set 20261118-010000F: segment 000000010000000000000005 is missing");
  EXPECT_EQ(bundle.lapses[0].closed_by, "20261121-033000");
  EXPECT_EQ(bundle.lapses[1].sentence, "the drill that was due was not held");
  EXPECT_EQ(bundle.lapses[1].closed_by, "20261121-033000");
  EXPECT_EQ(bundle.summary.severity, core::Severity::warning);
}

TEST(Bundle, WhatNobodyClosedIsOpen) {
  BundleFacts facts = sample_facts();
  facts.until = facts.made = at("2026-11-20T00:00:00.000Z");
  const Bundle bundle = bundle_of(sample_history(), facts);
  EXPECT_EQ(bundle.lapses.front().closed_by, "");
  EXPECT_EQ(bundle.summary.severity, core::Severity::critical);
}

TEST(Bundle, CouldNotVerifyIsNeitherProvenNorHidden) {
  const std::string history =
      line_of(drill_of("20261121-033000", at("2026-11-21T03:30:00.000Z"), Finding::could_not_verify));
  const Bundle bundle = bundle_of(history);
  EXPECT_EQ(bundle.summary.could_not_verify, 1u);
  EXPECT_EQ(bundle.summary.severity, core::Severity::unknown);
  EXPECT_EQ(bundle.drills[0].rpo, core::Standing::unknown);
  EXPECT_NE(bundle.lapses.front().sentence.find("could not verify"), std::string::npos);
}

TEST(Bundle, MeasuresEachDrillAgainstTheObjectives) {
  DrillRecord slow = proven("20261121-033000", "2026-11-21T03:30:00.000Z");
  slow.total = 20min;
  slow.proven_rpo = 2h;
  const Bundle bundle = bundle_of(line_of(slow));
  EXPECT_EQ(bundle.drills[0].rpo, core::Standing::not_ok);
  EXPECT_EQ(bundle.drills[0].rto, core::Standing::not_ok);
  EXPECT_EQ(bundle.summary.worst_rpo, 2h);
  EXPECT_EQ(bundle.summary.worst_rto, 20min);
  EXPECT_EQ(bundle.summary.severity, core::Severity::critical);
}

TEST(Bundle, WithoutACanaryTheLossIsNotKnown) {
  DrillRecord silent = proven("20261121-033000", "2026-11-21T03:30:00.000Z");
  silent.proven_rpo.reset();
  EXPECT_EQ(bundle_of(line_of(silent)).drills[0].rpo, core::Standing::unknown);
  DrillRecord earlier = proven("20261121-033000", "2026-11-21T03:30:00.000Z");
  earlier.target = "0/3000148";
  const Bundle bundle = bundle_of(line_of(earlier));
  EXPECT_EQ(bundle.drills[0].rpo, core::Standing::unknown) << "it did not go to the end";
  EXPECT_FALSE(bundle.summary.worst_rpo.has_value());
}

TEST(Bundle, ALineThatCannotBeReadIsToldWithItsDigest) {
  const Bundle bundle = bundle_of("{\"torn\n" + sample_history());
  ASSERT_EQ(bundle.facts.unreadable.size(), 1u);
  EXPECT_EQ(bundle.facts.unreadable[0].number, 1u);
  EXPECT_EQ(bundle.facts.unreadable[0].sha256, seal::sha256("{\"torn"));
  EXPECT_EQ(bundle.lapses.back().sentence, "1 lines of the drills' record cannot be read");
}

TEST(Bundle, IsOfItsPeriodOrOfOneDrill) {
  BundleFacts facts = sample_facts();
  facts.since = at("2026-11-19T00:00:00.000Z");
  EXPECT_EQ(bundle_of(sample_history(), facts).drills.size(), 2u);
  facts.drill = "20261118-033000";
  const Bundle one = bundle_of(sample_history(), facts);
  ASSERT_EQ(one.drills.size(), 1u);
  EXPECT_TRUE(one.schedule.empty());
  EXPECT_FALSE(one.summary.longest_without_proof.has_value());
  facts.drill = "never";
  EXPECT_EQ(take_drills(sample_history(), facts).error().code, core::Errc::not_found);
}

TEST(Bundle, TooManyDrillsAreRefusedAndNotCutOff) {
  BundleFacts facts = sample_facts();
  std::string history;
  for (std::size_t i = 0; i <= most_bundle_drills; ++i)
    history += sample_history().substr(0, sample_history().find('\n') + 1);
  EXPECT_EQ(take_drills(history, facts).error().code, core::Errc::exhausted);
}

TEST(Bundle, TheManifestTiesEachDrillToTheOneBeforeIt) {
  const Bundle bundle = sample_bundle();
  std::string link(first_link);
  for (const BundleDrill& drill : bundle.drills) {
    link = seal::sha256(link + " " + seal::sha256(drill.line));
    EXPECT_EQ(drill.link, link);
  }
  EXPECT_EQ(bundle.head, link);
}

TEST(Bundle, ADrillIsTiedToTheJournalEntryThatHoldsItsDigest) {
  BundleFacts facts = sample_facts();
  const std::string first = sample_history().substr(0, sample_history().find('\n'));
  facts.journal.lines = {"{\"seq\":7,\"result\":\"drill x, record SHA-256 " + seal::sha256(first) + "\"}"};
  const Bundle bundle = bundle_of(sample_history(), facts);
  EXPECT_EQ(bundle.drills[0].entry, 7u);
  EXPECT_FALSE(bundle.drills[1].entry.has_value());
}

TEST(Bundle, ABrokenJournalIsAnOpenException) {
  BundleFacts facts = sample_facts();
  facts.journal.intact = core::Standing::not_ok;
  facts.journal.sentence = "the chain is broken in 1 place";
  const Bundle bundle = bundle_of(sample_history(), facts);
  EXPECT_EQ(bundle.lapses.back().sentence, "the audit journal: the chain is broken in 1 place");
  EXPECT_EQ(bundle.summary.severity, core::Severity::critical);
}

TEST(Bundle, WithoutAScheduleNothingIsDueAndTheGapIsStillMeasured) {
  BundleFacts facts = sample_facts();
  facts.daily_at.reset();
  const Bundle bundle = bundle_of(sample_history(), facts);
  EXPECT_TRUE(bundle.schedule.empty());
  EXPECT_EQ(bundle.summary.longest_without_proof,
            at("2026-11-21T03:36:00.000Z") - at("2026-11-18T03:36:00.000Z"));
}

TEST(Bundle, ToTheEndOfThePeriodAProofMayHaveFaded) {
  BundleFacts facts = sample_facts();
  facts.until = facts.made = at("2026-11-25T00:00:00.000Z");
  const Bundle bundle = bundle_of(sample_history(), facts);
  EXPECT_NE(bundle.lapses.back().sentence.find("at the end of the period the last proof was"),
            std::string::npos);
}
