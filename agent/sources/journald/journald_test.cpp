// The source over a journal in memory: what is read, what is read again, and what goes wrong.
#include "agent/sources/journald/journald.hpp"

#include "agent/sources/journald/test_journal.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using namespace outrider::sources::journald;
using namespace outrider::sources::journald::testing;

namespace {

using Texts = std::vector<std::string>;

class Journald : public ::testing::Test {
 protected:
  void start() {
    life.reset();
    life = std::make_unique<Life>(saved, disk, settings);
  }
  void stop() { life.reset(); }
  Texts texts(core::Duration after = 2s) { return life->texts(after); }
  bool says(const std::string& metric, const std::string& value) {
    return life->says(metric + "{sink=\"sink\",source=\"journald\"} " + value);
  }

  Saved saved;
  Disk disk;
  Settings settings;
  std::unique_ptr<Life> life;
};

}  // namespace

TEST_F(Journald, IsReadToItsEndAndFollowed) {
  disk.write("one");
  disk.write("two");
  start();
  EXPECT_EQ(texts(), (Texts{"one", "two"}));
  disk.write("three");
  EXPECT_EQ(texts(), (Texts{"three"}));
  EXPECT_TRUE(says("outrider_journal_read_entries_total", "3"));
  EXPECT_TRUE(says("outrider_journal_open", "1"));
  EXPECT_TRUE(says("outrider_journal_gaps_total", "0"));
}

TEST_F(Journald, GoesOnAfterWhatHasArrivedAndReadsTheRestUnderTheSameIds) {
  disk.write("one");
  start();
  EXPECT_EQ(texts(), (Texts{"one"}));
  life->lane.settles = false;
  disk.write("two");
  disk.write("three");
  EXPECT_EQ(texts(), (Texts{"two", "three"}));
  const auto before = life->ids;
  stop();
  start();
  EXPECT_EQ(texts(), (Texts{"two", "three"}));
  EXPECT_EQ(life->ids, (Texts{before[1], before[2]}));
}

TEST_F(Journald, WithoutItsNotesIdsAreTheSame) {
  for (int i = 0; i < 5; ++i) disk.write("line");
  start();
  texts();
  const auto before = life->ids;
  stop();
  saved = {};
  start();
  texts();
  EXPECT_EQ(life->ids, before);
}

TEST_F(Journald, WhatASinkHasOfALookIsNotHandedOnAgain) {
  for (int i = 1; i <= 4; ++i) disk.write(std::to_string(i));
  start();
  EXPECT_EQ(texts().size(), 4u);
  life->lane.settles = false;
  for (int i = 5; i <= 9; ++i) disk.write(std::to_string(i));
  texts();
  life->lane.settle_to("aaaa", 8);
  stop();
  start();
  EXPECT_EQ(texts(), (Texts{"8", "9"}));
}

TEST_F(Journald, BeginsNowOnlyTheFirstTime) {
  settings.begin = Begin::now;
  disk.write("old");
  start();
  EXPECT_EQ(texts(), (Texts{}));
  stop();
  disk.write("while away");
  start();
  EXPECT_EQ(texts(), (Texts{"while away"}));
}

TEST_F(Journald, NowInAnEmptyJournalIsItsBeginning) {
  settings.begin = Begin::now;
  start();
  EXPECT_EQ(texts(), (Texts{}));
  stop();
  disk.write("while away");
  start();
  EXPECT_EQ(texts(), (Texts{"while away"}));
}

TEST_F(Journald, WhatWasVacuumedBeforeItWasReadIsToldAndTheRestRead) {
  for (int i = 1; i <= 3; ++i) disk.write(std::to_string(i));
  start();
  texts();
  stop();
  for (int i = 4; i <= 9; ++i) disk.write(std::to_string(i));
  disk.vacuum(6);
  start();
  EXPECT_EQ(texts(), (Texts{"7", "8", "9"}));
  EXPECT_TRUE(says("outrider_journal_gaps_total", "1"));
  EXPECT_TRUE(says("outrider_journal_gap_entries_total", "3"));
  EXPECT_EQ(std::ranges::count(life->log.said, "Entries of the journal were gone before they were read"), 1);
}

TEST_F(Journald, AGapIsToldThoughTheFirstLookFails) {
  disk.write("1");
  start();
  texts();
  stop();
  disk.write("2");
  disk.write("3");
  disk.vacuum(2);
  disk.failing_steps = 1;
  start();
  EXPECT_EQ(texts(), (Texts{}));
  EXPECT_EQ(texts(11s), (Texts{"3"}));
  EXPECT_TRUE(says("outrider_journal_gap_entries_total", "1"));
}

TEST_F(Journald, WhatIsDeliveredWhileTheAgentStopsIsNotReadAgain) {
  for (int i = 1; i <= 3; ++i) disk.write(std::to_string(i));
  start();
  life->lane.settles = false;
  EXPECT_EQ(texts().size(), 3u);
  life->end_reading();
  life->lane.settle();
  stop();
  start();
  EXPECT_EQ(texts(), (Texts{}));
}

TEST_F(Journald, WhatWasVacuumedAfterItWasReadIsNoLoss) {
  for (int i = 1; i <= 3; ++i) disk.write(std::to_string(i));
  start();
  texts();
  stop();
  disk.write("4");
  disk.vacuum(3);
  start();
  EXPECT_EQ(texts(), (Texts{"4"}));
  EXPECT_TRUE(says("outrider_journal_gaps_total", "0"));
}

TEST_F(Journald, AnotherSequenceInItsPlaceIsAGapOfUnknownSize) {
  disk.write("old");
  start();
  texts();
  stop();
  disk.vacuum(1);
  disk.sequence = "bbbb";
  disk.number = 0;
  disk.write("new");
  start();
  EXPECT_EQ(texts(), (Texts{"new"}));
  EXPECT_TRUE(says("outrider_journal_gaps_total", "1"));
  EXPECT_TRUE(says("outrider_journal_gap_entries_total", "0"));
}

TEST_F(Journald, NumbersThatAreMissingInBetweenAreCountedWhereEverythingIsAskedFor) {
  disk.write("1");
  disk.number = 10;
  disk.write("11");
  start();
  EXPECT_EQ(texts(), (Texts{"1", "11"}));
  EXPECT_TRUE(says("outrider_journal_gap_entries_total", "9"));
  stop();
  saved = {};
  settings.filter.priority = 4;
  start();
  texts();
  EXPECT_TRUE(says("outrider_journal_gap_entries_total", "0")) << "nobody asked for those in between";
}

TEST_F(Journald, APlaceOfAQuietUnitMovesOnWithTheJournal) {
  settings.filter.units = {"quiet.service"};
  disk.write("wanted");
  start();
  EXPECT_EQ(texts(), (Texts{"wanted"}));
  for (int i = 0; i < 5; ++i) disk.write("not").meant = false;
  texts(15min);
  stop();
  disk.vacuum(5);
  disk.write("wanted, too");
  start();
  EXPECT_EQ(texts(), (Texts{"wanted, too"}));
  EXPECT_TRUE(says("outrider_journal_gaps_total", "0"));
}

TEST_F(Journald, ADamagedEntryIsPassedOverAndCounted) {
  disk.write("1");
  disk.write("2").corrupt = true;
  disk.write("3");
  start();
  EXPECT_EQ(texts(), (Texts{"1", "3"}));
  EXPECT_TRUE(says("outrider_journal_damaged_entries_total", "1"));
  EXPECT_EQ(saved.settled["aaaa"], 4u);
}

TEST_F(Journald, EntriesThatComeOutOfOrderAreNotTakenForSettled) {
  disk.number = 99;
  disk.write("100");
  start();
  texts();
  life->lane.settles = false;
  disk.number = 49;
  disk.write("50");
  EXPECT_EQ(texts(), (Texts{"50"}));
  stop();
  start();
  EXPECT_EQ(texts(), (Texts{"50"})) << "100 was settled, and 50 never was";
}

TEST_F(Journald, SequencesThatAlternateEachHaveTheirPlace) {
  for (int i = 1; i <= 6; ++i) {
    disk.sequence = i % 2 == 0 ? "bbbb" : "aaaa";
    disk.number = static_cast<std::uint64_t>(i * 10);
    disk.write(std::to_string(i)).number += i % 2 == 0 ? 0u : 1000u;
  }
  settings.filter.priority = 7;
  start();
  EXPECT_EQ(texts().size(), 6u);
  stop();
  disk.sequence = "aaaa";
  disk.number = 5000;
  disk.write("7");
  start();
  EXPECT_EQ(texts(), (Texts{"7"}));
}

TEST_F(Journald, WithoutAJournalItSaysSoOnceAndTriesAgain) {
  disk.write("one");
  disk.trouble = core::Error(core::Errc::unavailable, "cannot load libsystemd.so.0", "install libsystemd0");
  start();
  EXPECT_EQ(texts(1min), (Texts{}));
  EXPECT_TRUE(says("outrider_journal_open", "0"));
  EXPECT_EQ(life->log.said.size(), 1u);
  disk.trouble.reset();
  EXPECT_EQ(texts(15s), (Texts{"one"}));
  disk.write("two");
  disk.trouble = core::Error(core::Errc::internal, "cannot read the journal: Input/output error");
  EXPECT_EQ(texts(1min), (Texts{}));
  disk.trouble.reset();
  EXPECT_EQ(texts(15s), (Texts{"two"})) << "opened anew, where it was";
}

TEST_F(Journald, FilesThatCannotBeReadAreToldOnceAndCounted) {
  disk.bad = {{"/var/log/journal/x.journal", "its end is missing"}};
  start();
  texts(5min);
  EXPECT_TRUE(life->says("outrider_journal_unreadable_files{source=\"journald\"} 1"));
  EXPECT_EQ(std::ranges::count(life->log.said, "A file of the journal cannot be read, and is passed over"),
            1);
  disk.bad.clear();
  texts(2min);
  EXPECT_TRUE(life->says("outrider_journal_unreadable_files{source=\"journald\"} 0"));
}

TEST_F(Journald, ASinkThatStandsStillIsNotReadFor) {
  const std::string large(100'000, 'x');
  for (int i = 0; i < 100; ++i) disk.write(large);
  start();
  life->lane.blocked = true;
  EXPECT_LE(texts(1min).size(), 21u);
  life->lane.unblock();
  texts(1min);
  EXPECT_TRUE(says("outrider_journal_read_entries_total", "100"));
}

TEST_F(Journald, FilesAreOpenedAnewSoThatLittleOfThemStaysInMemory) {
  const std::string large(1'000'000, 'x');
  for (int i = 0; i < 64; ++i) disk.write(large);
  start();
  EXPECT_EQ(texts(10s).size(), 64u);
  EXPECT_GE(disk.openings, 4u);
  EXPECT_LE(disk.openings, 6u);
}
