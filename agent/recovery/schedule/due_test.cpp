#include "agent/recovery/schedule/due.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using catalogs::BackupKind;
using ::testing::HasSubstr;

namespace {

struct Shelf {
  catalogs::Listing listing;
  ChainReport chain;
  std::vector<DrillRecord> drills;

  Shelf& set(const std::string& label, core::Duration ago, BackupKind kind = BackupKind::full) {
    listing.sets.push_back(full_backup(label, noon - ago, wal::Lsn{0x2000028}));
    listing.sets.back().kind = kind;
    chain.sets.emplace_back().restorable = Answer::yes;
    return *this;
  }
  Shelf& drilled(const std::string& label, core::Duration ago, Finding finding = Finding::proven) {
    drills.push_back(proof(noon - ago, label));
    drills.back().finding = finding;
    return *this;
  }
  std::vector<CatalogView> views() const {
    CatalogView view;
    view.target = catalog_name;
    view.listing = &listing;
    view.chain = &chain;
    return {view};
  }
  std::string after(AfterBackup which) const {
    const auto due = due_after_backup(views(), drills, which, noon);
    return due ? due->set : "nothing";
  }
  std::string by_the_clock() const {
    const auto due = drilled_longest_ago(views(), drills);
    return due ? due->set : "nothing";
  }
};

}  // namespace

TEST(DrillDue, AFreshBackupIsDrilledOnce) {
  Shelf shelf;
  EXPECT_EQ(shelf.after(AfterBackup::any), "nothing");
  shelf.set("F1", 24h).set("F2", 10min);
  EXPECT_EQ(shelf.after(AfterBackup::any), "F2");
  EXPECT_EQ(shelf.after(AfterBackup::never), "nothing");
  shelf.drilled("F2", 1min);
  EXPECT_EQ(shelf.after(AfterBackup::any), "nothing") << "older ones are the clock's";
}

TEST(DrillDue, ADisprovedBackupIsNotDrilledAgainUntilThereIsANewOne) {
  Shelf shelf;
  shelf.set("F1", 3h).drilled("F1", 2h, Finding::disproved);
  EXPECT_EQ(shelf.after(AfterBackup::full), "nothing");
  shelf.set("F2", 1h);
  EXPECT_EQ(shelf.after(AfterBackup::full), "F2");
}

TEST(DrillDue, WhatCouldNotBeVerifiedIsTriedAgainLaterAndNotForEver) {
  Shelf shelf;
  shelf.set("F1", 9h).drilled("F1", 30min, Finding::could_not_verify);
  EXPECT_EQ(shelf.after(AfterBackup::full), "nothing") << "half an hour ago";
  shelf.drills.back().ended = noon - 61min;
  EXPECT_EQ(shelf.after(AfterBackup::full), "F1");
  shelf.drilled("F1", 60min, Finding::could_not_verify).drilled("F1", 60min, Finding::could_not_verify);
  EXPECT_EQ(shelf.after(AfterBackup::full), "nothing") << "three times is enough";
}

TEST(DrillDue, OnlyFullOnesWhenOnlyThoseAreMeant) {
  Shelf shelf;
  shelf.set("F1", 3h).set("I1", 1h, BackupKind::incremental);
  EXPECT_EQ(shelf.after(AfterBackup::full), "F1");
  EXPECT_EQ(shelf.after(AfterBackup::any), "I1");
}

TEST(DrillDue, WhatIsNotWholeInTheListingOrADumpIsLeftOut) {
  Shelf shelf;
  shelf.set("F1", 3h).set("F2", 2h).set("D1", 1h, BackupKind::dump);
  shelf.chain.sets[1].restorable = Answer::unknown;
  EXPECT_EQ(shelf.after(AfterBackup::any), "F1");
  EXPECT_EQ(shelf.by_the_clock(), "F1");
  shelf.listing.sets[0].complete = false;
  EXPECT_EQ(shelf.by_the_clock(), "nothing");
}

TEST(DrillDue, ByTheClockTheOneWhoseLastDrillIsLongestAgo) {
  Shelf shelf;
  shelf.set("F1", 72h).set("F2", 48h).set("F3", 24h);
  EXPECT_EQ(shelf.by_the_clock(), "F3") << "none was drilled: the newest first";
  shelf.drilled("F3", 20h);
  EXPECT_EQ(shelf.by_the_clock(), "F2");
  shelf.drilled("F2", 10h).drilled("F1", 5h);
  EXPECT_EQ(shelf.by_the_clock(), "F3");
  EXPECT_THAT(drilled_longest_ago(shelf.views(), shelf.drills)->reason,
              HasSubstr("F3 was drilled longest ago"));
  shelf.drilled("F3", 1h, Finding::could_not_verify);
  EXPECT_EQ(shelf.by_the_clock(), "F2") << "one that cannot be verified does not stand in the others' way";
}

TEST(DrillDue, EveryCatalogHasItsTurn) {
  Shelf one, other;
  one.set("F1", 24h);
  other.set("F1", 12h);
  std::vector<CatalogView> both = one.views();
  both.push_back(other.views().front());
  both[1].target = "barman server main";
  EXPECT_EQ(drilled_longest_ago(both, {})->catalog, 1u) << "the newer one";
  one.drilled("F1", 1h);  // of the first catalog
  const auto due = due_after_backup(both, one.drills, AfterBackup::any, noon);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->catalog, 1u);
}
