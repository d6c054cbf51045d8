// What one look at the proof standby says, and where its states lead.
#include "agent/recovery/standby/judge.hpp"

#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/standby/meter.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

// An archive of segments 10 to 30, a set at 10; the standby has replayed up to the beginning of 31.
struct Site {
  ListingKit kit;
  std::optional<ChainReport> chain;
  StandbyLook look;
  StandbyPast past;

  Site() {
    kit.segments(10, 30);
    kit.set("first", 10, 11);
    past.state = StandbyState::following;
    past.answered = true;
    past.replayed = wal::Lsn{31 * kit.segment_bytes};
    look.replayed = past.replayed;
    look.fetches.served = 20;
    look.fetches.last_served = kit.name(30);
    look.fetches.times_in_a_row = 1;
  }
  void asks_in_vain(std::uint64_t number, std::uint32_t timeline = 1) {
    look.fetches.absent = kit.name(number, timeline);
    look.fetches.absent_in_a_row = 7;
    look.fetches.times_in_a_row = 0;
  }
  void came_to(std::uint64_t number) {
    look.replayed = past.replayed = wal::Lsn{number * kit.segment_bytes};
    look.fetches.last_served = kit.name(number - 1);
  }
  StandbyVerdict judge(std::optional<wal::TimelineHistory> history = {}) {
    chain = kit.walk(0, std::move(history));
    look.chain = &*chain;
    return judge_standby(look, past);
  }
};

}  // namespace

TEST(StandbyJudge, WhatHasAllThatIsListedFollowsAndProvesAtEachLook) {
  Site site;
  site.asks_in_vain(31);
  const StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::following);
  EXPECT_TRUE(verdict.proves) << "nothing new is not late";
  EXPECT_EQ(verdict.behind, 0u);
  EXPECT_EQ(verdict.mend, Mend::nothing);
}

TEST(StandbyJudge, WhatAdvancesProvesAndWhatStandsStillDoesNot) {
  Site site;
  site.came_to(15);
  site.past.state = StandbyState::catching_up;
  site.look.replayed = wal::Lsn{20 * site.kit.segment_bytes};
  site.look.fetches.last_served = site.kit.name(19);
  StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::catching_up);
  EXPECT_EQ(verdict.behind, 11u);
  EXPECT_TRUE(verdict.proves);
  site.look.replayed = site.past.replayed;
  EXPECT_FALSE(site.judge().proves);
}

TEST(StandbyJudge, AHoleIsDisprovedAndNamed) {
  Site site;
  site.came_to(20);
  site.kit.remove(site.kit.name(20));
  site.asks_in_vain(20);
  const StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::broken);
  EXPECT_EQ(verdict.segment, site.kit.name(20));
  EXPECT_NE(verdict.why.find(site.kit.name(20)), std::string::npos);
  EXPECT_NE(verdict.why.find("10 segments behind it"), std::string::npos) << verdict.why;
  EXPECT_EQ(verdict.mend, Mend::nothing) << "it asks on, and the segment may be put back";
  EXPECT_FALSE(verdict.proves);
}

TEST(StandbyJudge, AHoleThatNewerBackupsDoNotNeedIsBegunAnewBehind) {
  Site site;
  site.came_to(20);
  site.kit.remove(site.kit.name(20));
  site.kit.set("second", 25, 26);
  site.asks_in_vain(20);
  EXPECT_EQ(site.judge().mend, Mend::restore);
  EXPECT_EQ(site.judge().state, StandbyState::blind) << "retention may have taken it";
}

TEST(StandbyJudge, WhatRetentionTookIsBegunAnewFromTheNewestSet) {
  Site site;
  site.kit.listing.wal.clear();
  site.kit.listing.sets.clear();
  site.kit.segments(25, 30);
  site.kit.set("second", 25, 26);
  site.came_to(12);
  site.asks_in_vain(12);
  const StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::blind);
  EXPECT_EQ(verdict.mend, Mend::restore);
}

TEST(StandbyJudge, ASegmentThatCameOnlyNowIsNoHole) {
  Site site;
  site.came_to(30);
  site.asks_in_vain(30);  // since then it was listed
  const StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::following);
  EXPECT_FALSE(verdict.proves) << "there is more than it has";
}

TEST(StandbyJudge, AnArchiveThatCouldNotBeReadExcusesAHole) {
  Site site;
  site.came_to(20);
  site.kit.remove(site.kit.name(20));
  site.kit.listing.troubles = {"the listing was cut off"};
  site.asks_in_vain(20);
  EXPECT_NE(site.judge().state, StandbyState::broken);
  site.look.chain = nullptr;
  EXPECT_NE(judge_standby(site.look, site.past).state, StandbyState::broken);
}

TEST(StandbyJudge, ASegmentServedAgainAndAgainIsBroken) {
  Site site;
  site.came_to(20);
  site.look.fetches.times_in_a_row = 4;
  const StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::broken);
  EXPECT_EQ(verdict.segment, site.kit.name(19));
  site.past.replayed = wal::Lsn{19 * site.kit.segment_bytes};
  EXPECT_NE(site.judge().state, StandbyState::broken) << "it came further all the same";
}

TEST(StandbyJudge, TroubleWithFetchingSaysNothingOfTheArchive) {
  Site site;
  site.came_to(20);
  site.kit.remove(site.kit.name(20));
  site.asks_in_vain(20);
  site.look.fetches.troubled = true;
  site.look.fetches.trouble = "it could not be fetched: exited with code 49";
  const StandbyVerdict verdict = site.judge();
  EXPECT_EQ(verdict.state, StandbyState::blind);
  EXPECT_EQ(verdict.why, site.look.fetches.trouble);
  site.look.fetches.troubled = false;  // over, though it is remembered
  EXPECT_EQ(site.judge().state, StandbyState::broken);
}

TEST(StandbyJudge, ASegmentThatIsNeverHandedOverIsGoneRoundByANewerBackup) {
  Site site;
  site.came_to(20);
  site.look.fetches.troubled = true;
  site.look.fetches.trouble = "it could not be fetched: it creates a tablespace, and replaying that would …";
  EXPECT_EQ(site.judge().mend, Mend::nothing);
  site.kit.set("second", 25, 26);
  EXPECT_EQ(site.judge().mend, Mend::restore);
  site.look.fetches.trouble = "it could not be fetched: exited with code 49: the network is down";
  EXPECT_EQ(site.judge().mend, Mend::nothing) << "a restore would not come through either";
}

struct LastWords {
  const char* words;
  StandbyState state;
  Mend mend;
};

TEST(StandbyJudge, KnowsFromItsLastWordsWhoseFaultItIs) {
  for (const LastWords& row : std::initializer_list<LastWords>{
           {"killed by signal 9 (SIGKILL)", StandbyState::blind, Mend::restart},
           {"LOG:  startup process (PID 7) was terminated by signal 9: Killed", StandbyState::blind,
            Mend::restart},
           {"FATAL:  out of memory", StandbyState::blind, Mend::restart},
           {"PANIC:  could not write to file: No space left on device", StandbyState::blind,
            Mend::give_up_room},
           {"LOG:  database system is shut down", StandbyState::blind, Mend::restart},
           {"FATAL:  recovery aborted because of insufficient parameter settings", StandbyState::blind,
            Mend::restart},
           {"PANIC:  could not locate a valid checkpoint record", StandbyState::blind, Mend::restore},
           {"FATAL:  requested timeline 2 is not a child of this server's history", StandbyState::blind,
            Mend::restore},
           {"PANIC:  WAL contains references to invalid pages", StandbyState::broken, Mend::restart},
           {"FATAL:  syntax error in history file: no history at all", StandbyState::broken,
            Mend::restart}}) {
    Site site;
    site.asks_in_vain(31);
    site.look.ended = row.words;
    const StandbyVerdict verdict = site.judge();
    EXPECT_EQ(verdict.state, row.state) << row.words;
    EXPECT_EQ(verdict.mend, row.mend) << row.words;
    EXPECT_FALSE(verdict.proves);
    EXPECT_NE(verdict.why.find(row.words), std::string::npos) << verdict.why;
  }
}

TEST(StandbyJudge, FollowsAFailoverWhoseHistoryIsThere) {
  Site site;
  wal::TimelineHistory history;
  history.timeline = 2;
  history.switches = {{1, wal::Lsn{31 * site.kit.segment_bytes + 500}, "no recovery target specified"}};
  site.kit.segments(31, 33, 2);
  site.kit.file("00000002.history");
  site.asks_in_vain(31);
  EXPECT_EQ(site.judge(history).state, StandbyState::following)
      << "it has not looked for the new timeline yet";
  EXPECT_EQ(site.judge(history).behind, 3u);
  // What the walk over the archive says once it is sure.
  site.chain->troubles = {"00000002.history is missing: a recovery cannot find its way onto timeline 2"};
  const StandbyVerdict lost = judge_standby(site.look, site.past);
  EXPECT_EQ(lost.state, StandbyState::broken);
  EXPECT_NE(lost.why.find("00000002.history is missing"), std::string::npos) << lost.why;
}

TEST(StandbyJudge, WhoReplayedWhatAnOldPrimaryWroteTooLongBeginsAnew) {
  Site site;
  wal::TimelineHistory history;
  history.timeline = 2;
  history.switches = {{1, wal::Lsn{25 * site.kit.segment_bytes + 500}, "no recovery target specified"}};
  site.kit.segments(25, 33, 2);
  site.kit.file("00000002.history");
  site.asks_in_vain(31);
  const StandbyVerdict verdict = site.judge(history);
  EXPECT_EQ(verdict.state, StandbyState::blind);
  EXPECT_EQ(verdict.mend, Mend::restore);
}

TEST(StandbyJudge, ADrillHoldsItAndNothingElseMayPauseIt) {
  Site site;
  site.asks_in_vain(31);
  site.look.drilling = true;
  EXPECT_EQ(site.judge().state, StandbyState::held);
  site.look.paused = site.past.paused_by_us = true;
  site.look.drilling = false;
  EXPECT_EQ(site.judge().mend, Mend::nothing);
  site.past.paused_by_us = false;
  EXPECT_EQ(site.judge().mend, Mend::restart) << "a setting of the source grew";
  EXPECT_EQ(site.judge().state, StandbyState::blind);
}

TEST(StandbyJudge, SilenceIsUnknownOnlyWhenItLasts) {
  Site site;
  site.asks_in_vain(31);
  site.look.replayed.reset();
  site.look.silence = "canceling statement due to conflict with recovery";
  EXPECT_EQ(site.judge().state, StandbyState::following);
  EXPECT_FALSE(site.judge().proves);
  site.past.silent = 5;
  EXPECT_EQ(site.judge().state, StandbyState::blind);
  site.past.answered = false;
  site.look.silence = "FATAL:  the database system is starting up";
  EXPECT_EQ(site.judge().state, StandbyState::starting);
  site.look.silence = "FATAL:  role \"postgres\" does not exist";
  EXPECT_EQ(site.judge().state, StandbyState::blind);
}

TEST(StandbyDistance, ARestoreIsWorthItOnlyWhenItIsMuchQuicker) {
  Distance distance{100'000, 1'000, 10'000, 10, 100};
  EXPECT_TRUE(worth_restoring_anew(distance)) << "10000 s against 1010 s";
  distance.behind_bytes = 15'000;
  EXPECT_FALSE(worth_restoring_anew(distance)) << "1500 s against 1010 s";
  distance.behind_bytes = 5'000;
  EXPECT_FALSE(worth_restoring_anew(distance)) << "it is before it already";
  distance = {100'000, 1'000, 10'000, 0, 100};
  EXPECT_FALSE(worth_restoring_anew(distance)) << "nothing was measured";
}

TEST(StandbyStates, ArePicturedInTheDocumentationAsTheyAre) {
  std::ifstream page("docs/recovery/proof-standby.md");
  std::stringstream text;
  text << page.rdbuf();
  EXPECT_NE(text.str().find("```mermaid\n" + standby_diagram() + "```"), std::string::npos)
      << "docs/recovery/proof-standby.md must hold:\n"
      << standby_diagram();
}

TEST(StandbyStates, EachCanBeLeftAndEachCanBeReached) {
  for (const StandbyState state : standby_states) {
    bool left = false, reached = state == StandbyState::preparing;
    for (const StandbyRule& rule : standby_rules()) {
      left = left || rule.from == state;
      reached = reached || rule.to == state;
      EXPECT_NE(rule.from, rule.to);
    }
    EXPECT_TRUE(left && reached) << name_of(state);
  }
  EXPECT_FALSE(leads(StandbyState::restoring, StandbyState::following))
      << "what was not replayed proves nothing";
}

TEST(ReplayMeter, CountsOnlyWhileThereWasSomethingToReplay) {
  constexpr std::uint64_t mib = 1 << 20;
  ReplayMeter meter;
  Fetches fetches;
  core::Instant now{};
  std::uint64_t at = 0;
  const auto look = [&](std::uint64_t more, bool waited) {
    now += 10s;
    at += more;
    fetches.served += more > 0 ? 1 : 0;
    fetches.in_vain += waited ? 1 : 0;
    meter.look(now, core::WallTime(now.time_since_epoch()), wal::Lsn{at}, fetches);
  };
  look(0, true);
  look(0, true);
  EXPECT_FALSE(meter.bytes_per_second()) << "idle is not slow";
  look(100 * mib, false);
  look(300 * mib, false);
  EXPECT_NEAR(*meter.bytes_per_second(), 20.0 * mib, 1);
  EXPECT_TRUE(meter.samples().empty()) << "it goes on";
  look(50 * mib, true);
  ASSERT_EQ(meter.samples().size(), 1u);
  EXPECT_EQ(meter.samples()[0].bytes, 400 * mib);
  EXPECT_EQ(meter.samples()[0].took, 20s);
  look(1 * mib, false);
  look(0, true);
  EXPECT_EQ(meter.samples().size(), 1u) << "one segment says nothing";
}

}  // namespace outrider::recovery
