#include "agent/recovery/exposure/catalog_judge.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;

namespace {

// A full backup at two every night, the last one today.
catalogs::Listing nightly(int nights) {
  catalogs::Listing listing;
  listing.system_id = ours;
  for (int night = nights - 1; night >= 0; --night) {
    const core::WallTime stopped = noon - 10h - night * 24h + std::chrono::minutes(night % 7);
    listing.sets.push_back(full_backup("F" + std::to_string(nights - night), stopped, Lsn{0x2000028},
                                       (1000 + static_cast<std::uint64_t>(nights - night)) * mib));
  }
  return listing;
}

Judgements judged(const catalogs::Listing& listing, core::WallTime now = noon,
                  const ChainReport* chain = nullptr) {
  CatalogView view;
  view.target = catalog_name;
  view.listing = &listing;
  view.chain = chain;
  view.listed = now;
  return judge_catalog(view, CatalogPolicy{}, ours, now);
}

}  // namespace

TEST(Catalog, ASoundHistoryIsQuiet) {
  EXPECT_TRUE(judged(nightly(14)).empty());
  EXPECT_TRUE(judged(nightly(1)).empty()) << "one backup has no rhythm yet";
  EXPECT_TRUE(judged(nightly(14), noon + 13h).empty()) << "23:00, an hour before nothing is missed";
}

TEST(Catalog, AMissedRunIsKnownByTheRhythmLongBeforeTheAge) {  // F14
  const auto listing = nightly(14);
  const Rhythm rhythm = rhythm_of(listing, std::nullopt);
  EXPECT_EQ(rhythm.runs, 13u);
  EXPECT_NEAR(std::chrono::duration<double>(*rhythm.every).count(), 86400, 600);
  const Judgements late = judged(listing, noon + 21h);  // nine in the morning
  EXPECT_EQ(find(late, "backup.missed")->severity, Severity::warning);
  EXPECT_EQ(find(judged(listing, noon + 46h), "backup.missed")->severity, Severity::critical);
}

TEST(Catalog, BackupsMadeByHandHaveNoRhythmToMiss) {
  catalogs::Listing listing;
  for (const auto ago : {90h, 89h, 50h, 11h, 10h, 2h})
    listing.sets.push_back(full_backup("F", noon - ago, Lsn{0x2000028}));
  EXPECT_FALSE(rhythm_of(listing, std::nullopt).every);
  EXPECT_EQ(find(judged(listing, noon + 48h), "backup.missed"), nullptr);
  EXPECT_NE(find(judged(listing, noon + 24h * 10), "backup.old"), nullptr);
}

TEST(Catalog, ABackupThatIsMuchSmallerThanTheOthersIsASuspiciousSuccess) {  // F15
  auto listing = nightly(5);
  listing.sets.back().database_bytes = 30 * mib;
  const Judgements found = judged(listing);
  EXPECT_EQ(find(found, "backup.shrunk")->severity, Severity::critical);
  EXPECT_NE(find(found, "backup.shrunk")->sentence.find("F5"), std::string::npos);
  auto incremental = nightly(5);  // small in the repository, and that is what it is for
  incremental.sets.back().kind = catalogs::BackupKind::incremental;
  incremental.sets.back().stored_bytes = mib;
  EXPECT_TRUE(judged(incremental).empty());
}

TEST(Catalog, BadPagesInABackupAreCriticalAlthoughItEndedWell) {  // F16
  auto listing = nightly(5);
  listing.sets.back().damaged = true;
  listing.sets.back().trouble = "page checksum errors in base/16384/2619";
  EXPECT_EQ(find(judged(listing), "backup.damaged")->severity, Severity::critical);
  EXPECT_NE(find(judged(listing), "backup.damaged")->sentence.find("2619"), std::string::npos);
}

TEST(Catalog, ARunThatFailedIsToldAndOneThatRunsIsNot) {
  auto listing = nightly(5);
  listing.sets.push_back(full_backup("F6", noon, Lsn{0x2000028}));
  listing.sets.back().complete = false;
  EXPECT_TRUE(judged(listing).empty());
  listing.sets.back().trouble = "ERROR: [082]: WAL segment was not archived";
  EXPECT_NE(find(judged(listing), "backup.failed")->sentence.find("[082]"), std::string::npos);
}

TEST(Catalog, ABackupOfAnotherClusterInTheSameRepositoryIsTold) {  // F09
  auto listing = nightly(5);
  listing.sets.back().system_id = ours + 1;
  EXPECT_EQ(find(judged(listing), "backup.other_cluster")->severity, Severity::critical);
  listing.sets.back().system_id.reset();
  listing.system_id = ours + 1;
  EXPECT_EQ(find(judged(listing), "backup.other_cluster")->severity, Severity::critical);
}

TEST(Catalog, ABackupWhoseOwnWalIsMissingIsNoBackup) {
  World world;
  world.look(healthy(0s, Lsn{0x5000100}));
  world.lose(2);
  world.list();
  world.now += 1min;
  world.look(healthy(1min, Lsn{0x5000100}));
  world.list();
  const Judgements found = judged(world.listing, world.now, &world.chain);
  EXPECT_EQ(find(found, "backup.unusable")->severity, Severity::critical);
}

TEST(Catalog, NothingAndWhatCannotBeReadAreNotTheSame) {
  catalogs::Listing empty;
  EXPECT_EQ(find(judged(empty), "backup.none")->severity, Severity::critical);
  empty.sets_known = false;
  empty.troubles.push_back("cannot read backup.info: Permission denied");
  const Judgements found = judged(empty);
  EXPECT_EQ(find(found, "backup.none"), nullptr);
  EXPECT_EQ(found.front().severity, Severity::unknown);
}
