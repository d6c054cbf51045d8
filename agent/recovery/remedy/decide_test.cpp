#include "agent/recovery/remedy/decide.hpp"

#include "agent/recovery/evidence/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;

namespace {

// Everything calls for everything.
struct Trouble {
  Evidence evidence = healthy(0s, Lsn{0x5000200});
  Track track;
  Judgements judgements{
      {"archiver.failing", Severity::critical, "archiving of 05 fails", "", {}},
      {"slot.retains:old", Severity::critical, "slot old holds 40 GiB", "bring it back", {}}};
  Forecast forecast;
  RemedyView view;
  RemedySettings settings;
  std::vector<RemedyDone> done;

  Trouble() {
    track.first_system_id = ours;
    forecast.cautious = forecast.expected = 14min;
    forecast.backup_by = noon;
    forecast.breach = noon + 5min;
    forecast.sentence = "at 12:05 a restore would exceed 15m";
    view.evidence = &evidence;
    view.track = &track;
    view.judgements = &judgements;
    view.forecast = &forecast;
    view.backup_ends = Lsn{0x5000100};
    view.archived_to = Lsn{0x5000000};
    view.can_backup = view.can_try_archiving = true;
    view.now = noon;
    settings.mode = RemedyMode::act;
    settings.slot_cap_bytes = 20ULL << 30;
    evidence.wal_free_bytes = 10ULL << 30;
    SlotView old;
    old.name = "old";
    old.active = false;
    old.retained_bytes = 40ULL << 30;
    evidence.slots = {old};
  }
  RemedyDecision ask(RemedyKind kind) const { return decide_remedy(kind, view, settings, done); }
};

constexpr RemedyKind kinds[] = {RemedyKind::switch_wal, RemedyKind::backup, RemedyKind::try_archiving,
                                RemedyKind::slot_advice, RemedyKind::cap_slots};

}  // namespace

TEST(Remedy, DoesWhatIsCalledForAndSaysWhy) {
  const Trouble trouble;
  for (const RemedyKind kind :
       {RemedyKind::switch_wal, RemedyKind::backup, RemedyKind::try_archiving, RemedyKind::cap_slots}) {
    EXPECT_EQ(trouble.ask(kind).action, RemedyAction::act) << name_of(kind);
    EXPECT_FALSE(trouble.ask(kind).why.empty());
    EXPECT_FALSE(trouble.ask(kind).do_it.empty());
  }
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).do_it, "SELECT pg_switch_wal()");
  EXPECT_EQ(trouble.ask(RemedyKind::slot_advice).action, RemedyAction::suggest) << "words only";
}

TEST(Remedy, SlotsAreCappedOnlyByConsentAndWhereThatSavesTheDisk) {
  Trouble trouble;
  EXPECT_EQ(trouble.ask(RemedyKind::cap_slots).action, RemedyAction::act);
  trouble.settings.slot_cap_bytes = 50ULL << 30;
  const RemedyDecision useless = trouble.ask(RemedyKind::cap_slots);
  EXPECT_EQ(useless.action, RemedyAction::refuse);
  EXPECT_NE(useless.why.find("does not save the disk"), std::string::npos) << useless.why;
  trouble.settings.slot_cap_bytes = 0;
  EXPECT_EQ(trouble.ask(RemedyKind::cap_slots).action, RemedyAction::none) << "it is told as advice";
  EXPECT_EQ(trouble.ask(RemedyKind::slot_advice).action, RemedyAction::suggest);
  trouble.settings.slot_cap_bytes = 20ULL << 30;
  trouble.judgements[1].severity = Severity::warning;
  EXPECT_EQ(trouble.ask(RemedyKind::cap_slots).action, RemedyAction::none) << "there is time yet, or a cap";
  trouble.judgements[1].severity = Severity::critical;
  trouble.evidence.wal_free_bytes.reset();
  EXPECT_EQ(trouble.ask(RemedyKind::cap_slots).action, RemedyAction::none) << "the disk is not seen";
  trouble.evidence.wal_free_bytes = 10ULL << 30;
  trouble.done = {{RemedyKind::cap_slots, noon - 30min}};
  EXPECT_EQ(trouble.ask(RemedyKind::cap_slots).action, RemedyAction::refuse) << "it did not help";
}

TEST(Remedy, NothingIsDoneWhenNothingCallsForIt) {
  Trouble trouble;
  trouble.judgements.clear();
  trouble.forecast.backup_by = noon + 1h;
  trouble.view.archived_to = Lsn{0x6000000};
  EXPECT_TRUE(decide_remedies(trouble.view, trouble.settings, trouble.done).empty());
}

TEST(Remedy, NothingIsDoneOnWhatIsUnknown) {
  Trouble unseen, old, nameless;
  unseen.view.evidence = nullptr;
  old.view.now = noon + 10min;
  nameless.evidence.system_id.reset();
  for (const RemedyKind kind : kinds) {
    EXPECT_EQ(unseen.ask(kind).action, RemedyAction::none);
    EXPECT_EQ(old.ask(kind).action, RemedyAction::none);
    EXPECT_NE(nameless.ask(kind).action, RemedyAction::act);
  }
  Trouble no_forecast;
  no_forecast.forecast = Forecast{};
  no_forecast.forecast.breached = true;
  EXPECT_EQ(no_forecast.ask(RemedyKind::backup).action, RemedyAction::none);
}

TEST(Remedy, AnotherClusterIsNeverTouched) {
  Trouble trouble;
  trouble.view.system_id = ours + 1;
  for (const RemedyKind kind : kinds) EXPECT_NE(trouble.ask(kind).action, RemedyAction::act);
  EXPECT_NE(trouble.ask(RemedyKind::switch_wal).why.find("another cluster"), std::string::npos);
}

TEST(Remedy, AStandbyIsNotSwitched) {
  Trouble trouble;
  trouble.evidence.in_recovery = true;
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).action, RemedyAction::refuse);
  trouble.evidence.in_recovery.reset();
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).action, RemedyAction::refuse);
}

TEST(Remedy, ModesLimitsAndWhatIsUnderWayAreRespected) {
  Trouble trouble;
  trouble.settings.mode = RemedyMode::observe;
  EXPECT_TRUE(decide_remedies(trouble.view, trouble.settings, trouble.done).empty());
  trouble.settings.mode = RemedyMode::suggest;
  for (const RemedyDecision& decision : decide_remedies(trouble.view, trouble.settings, trouble.done))
    EXPECT_EQ(decision.action, RemedyAction::suggest);
  trouble.settings.mode = RemedyMode::act;
  trouble.view.can_backup = false;
  EXPECT_EQ(trouble.ask(RemedyKind::backup).action, RemedyAction::suggest);
  trouble.view.can_backup = true;
  trouble.done = {{RemedyKind::backup, noon - 59min}};
  EXPECT_EQ(trouble.ask(RemedyKind::backup).action, RemedyAction::refuse);
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).action, RemedyAction::act) << "each kind has its own limit";
  trouble.done = {{RemedyKind::backup, noon - 61min}};
  EXPECT_EQ(trouble.ask(RemedyKind::backup).action, RemedyAction::act);
  trouble.done = {{RemedyKind::backup, noon + 2h}};  // the clock went back
  EXPECT_EQ(trouble.ask(RemedyKind::backup).action, RemedyAction::refuse);
  trouble.done.clear();
  trouble.view.busy = true;
  EXPECT_EQ(trouble.ask(RemedyKind::backup).action, RemedyAction::refuse);
}

TEST(Remedy, TriesOfTheArchiveCommandAreSpreadOverTheHour) {
  Trouble trouble;
  trouble.evidence.archiver->last_failed = "000000010000000000000005";
  trouble.judgements.front().sentence = "archiving of 05 fails, last 3 s ago";
  const RemedyDecision first = trouble.ask(RemedyKind::try_archiving);
  EXPECT_EQ(first.action, RemedyAction::act);
  trouble.judgements.front().sentence = "archiving of 05 fails, last 13 s ago";
  EXPECT_EQ(trouble.ask(RemedyKind::try_archiving).why, first.why)
      << "else it would be told every ten seconds";
  trouble.done = {{RemedyKind::try_archiving, noon - 14min}};
  EXPECT_EQ(trouble.ask(RemedyKind::try_archiving).action, RemedyAction::refuse);
  trouble.done = {{RemedyKind::try_archiving, noon - 16min}};
  EXPECT_EQ(trouble.ask(RemedyKind::try_archiving).action, RemedyAction::act);
  trouble.view.can_try_archiving = false;
  EXPECT_EQ(trouble.ask(RemedyKind::try_archiving).action, RemedyAction::suggest) << "then it is explained";
}

TEST(Remedy, AnIdleDatabaseWithoutATimeoutGetsItsSegmentSent) {
  Trouble trouble;
  trouble.judgements.clear();
  trouble.view.backup_ends.reset();
  trouble.view.at_risk = 40min;
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).action, RemedyAction::none) << "archive_timeout does it";
  (*trouble.evidence.settings)["archive_timeout"].value = "0";
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).action, RemedyAction::act);
  trouble.judgements = {{"archiver.stalled", Severity::critical, "stands", "", {}}};
  EXPECT_EQ(trouble.ask(RemedyKind::switch_wal).action, RemedyAction::none)
      << "one more segment mends no archiver";
}

TEST(Remedy, ABackupThatCannotKeepThePromiseIsNotTaken) {
  Trouble trouble;
  trouble.forecast.interval_most = core::Duration{};
  EXPECT_EQ(trouble.ask(RemedyKind::backup).action, RemedyAction::none);
}

TEST(Remedy, EveryViewFindsARowAndTheTableHasNoDeadOne) {
  std::vector<bool> taken(remedy_table().size());
  for (unsigned bits = 0; bits < 1U << 11; ++bits) {
    const auto on = [bits](unsigned which) { return (bits >> which & 1U) != 0; };
    Trouble trouble;
    if (on(0)) trouble.view.evidence = nullptr;
    if (on(1)) trouble.judgements.clear();
    if (on(1)) trouble.view.backup_ends.reset();
    if (on(2)) trouble.evidence.system_id.reset();
    if (on(3)) trouble.view.system_id = ours + 1;
    if (on(4)) trouble.evidence.in_recovery = true;
    if (on(5)) trouble.settings.mode = RemedyMode::observe;
    if (on(6)) trouble.settings.mode = RemedyMode::suggest;
    if (on(7)) trouble.view.busy = true;
    if (on(8)) trouble.settings.switches_an_hour = 0;
    if (on(9)) trouble.settings.slot_cap_bytes = 0;
    if (on(10)) trouble.settings.slot_cap_bytes = 50ULL << 30;
    for (const RemedyKind kind : kinds) {
      const RemedyDecision decision = trouble.ask(kind);
      ASSERT_LT(decision.row, remedy_table().size());
      taken[decision.row] = true;
      if (decision.action == RemedyAction::act) {
        EXPECT_FALSE(on(0) || on(2) || on(3) || on(5) || on(6) || on(7)) << bits;
        EXPECT_FALSE(kind == RemedyKind::cap_slots && (on(9) || on(10))) << bits;
      }
    }
  }
  for (std::size_t row = 0; row < taken.size(); ++row)
    EXPECT_TRUE(taken[row]) << "row " << row << " is never taken";
  EXPECT_NE(remedy_markdown().find("| all | the server was not seen lately | none |"), std::string::npos);
}
