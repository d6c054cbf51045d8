#include "agent/recovery/exposure/exposure.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;

namespace {

// A commit every ten seconds, a segment a minute; archived until `stops`, and listed as it is.
World busy_until(core::Duration end, core::Duration stops = 1000h, bool claims_on = false) {
  World world;
  std::uint64_t stored = 4;
  for (core::Duration at = 0s; at <= end; at += 10s) {
    const auto minute = static_cast<std::uint64_t>(at / 1min);
    const std::uint64_t number = 5 + minute;
    Evidence seen =
        healthy(at, Lsn{number * 16 * mib + 0x1000 * static_cast<std::uint64_t>(at % 1min / 10s) + 0x28});
    const bool works = at < stops;
    while (works && stored + 1 < number) world.store(++stored, noon + at);
    if (!works && !claims_on) {
      seen.archiver->last_archived = wal::segment_name({1, stored}, 16 * mib);
      seen.archiver->archived = stored;
      seen.archiver->last_archived_time = noon + stops;
      seen.ready = ReadyView{number - stored - 1, wal::segment_name({1, stored + 1}, 16 * mib), {}};
    }
    world.look(std::move(seen));
    world.list();
  }
  return world;
}

std::string all_of(const Exposure& exposure) {
  std::string out = exposure.sentence + "\n";
  for (const Judgement& fault : exposure.faults) out += fault.id + ": " + fault.sentence + "\n";
  return out;
}

}  // namespace

TEST(Exposure, OfABusyHealthyServerIsTheCurrentSegment) {
  World world = busy_until(30min + 40s);
  const Exposure exposure = world.exposure();
  EXPECT_TRUE(exposure.faults.empty()) << all_of(exposure);
  ASSERT_TRUE(exposure.inferred.rpo);
  EXPECT_GE(*exposure.inferred.rpo, 40s);
  EXPECT_LE(*exposure.inferred.rpo, 60s);
  EXPECT_EQ(exposure.level, Level::listed);
  EXPECT_LE(*exposure.claimed.rpo, 60s);
  EXPECT_EQ(*exposure.proven.rpo, 12s);
  EXPECT_EQ(exposure.sentence,
            "if the primary died now you would lose 50 s (inferred, L1); last proven 3 h 30 min ago to "
            "0/5000148 (L4)");
}

TEST(Exposure, AnIdleServerHasNothingAtRiskForHours) {  // F11
  World world;
  Evidence seen = healthy(0s, Lsn{0x5000100});
  for (int minute = 0; minute < 600; ++minute) {
    // The switch came, checkpoints moved WAL on a little, nobody committed.
    Evidence next = healthy(std::chrono::minutes(minute), Lsn{minute < 2 ? 0x5000100ULL : 0x6000200ULL});
    next.transactions = seen.transactions;
    if (minute == 2) world.store(5, next.taken);
    world.look(std::move(next));
    world.list();
  }
  const Exposure exposure = world.exposure();
  EXPECT_EQ(exposure.inferred.rpo, core::Duration{}) << all_of(exposure);
  EXPECT_TRUE(exposure.inferred.idle);
  EXPECT_TRUE(exposure.faults.empty()) << all_of(exposure);
  EXPECT_NE(exposure.sentence.find("you would lose nothing"), std::string::npos);
}

TEST(Exposure, AnArchiverThatLiesIsFoundOutAtTheNextListing) {  // F01
  World world = busy_until(10min, 5min, true);
  const Exposure exposure = world.exposure();
  const Judgement* const lie = find(exposure.faults, "archive.disagrees");
  ASSERT_NE(lie, nullptr) << all_of(exposure);
  EXPECT_EQ(lie->severity, Severity::critical);
  EXPECT_GT(*exposure.inferred.rpo, 5min);
  EXPECT_LE(*exposure.claimed.rpo, 1min) << "the claim looks as well as ever";
  EXPECT_EQ(find(world.exposure().faults, "rpo.at_risk"), nullptr) << "an hour may be lost";
}

TEST(Exposure, ALieOfBeforeTheAgentStartedIsFoundOutAtOnce) {
  World world;
  Evidence seen = healthy(0s, Lsn{0x9000100});  // says 8, and 4 is the last one that is there
  seen.archiver->last_archived_time = noon - 5min;
  world.look(seen);
  world.list();
  EXPECT_NE(find(world.exposure().faults, "archive.disagrees"), nullptr);
}

TEST(Exposure, ASegmentThatIsStillOnItsWayIsNoLie) {
  World world;
  Evidence seen = healthy(0s, Lsn{0x6000100});
  seen.archiver->last_archived_time = noon - 2s;
  world.look(seen);
  world.list();
  EXPECT_EQ(find(world.exposure().faults, "archive.disagrees"), nullptr);
}

TEST(Exposure, GrowsWhileTheArchiverHangsAndTheClaimGrowsWithIt) {  // F03
  World world = busy_until(90min, 5min);
  const Exposure exposure = world.exposure();
  EXPECT_GT(*exposure.inferred.rpo, 85min);
  EXPECT_NE(find(exposure.faults, "rpo.at_risk"), nullptr) << all_of(exposure);
  EXPECT_EQ(find(exposure.faults, "archive.disagrees"), nullptr) << "it does not claim what it has not done";
}

TEST(Exposure, ALostSegmentInTheMiddleEndsTheWayThere) {  // F04, F08
  World world = busy_until(30min);
  world.lose(20);
  world.list();
  world.now += 1min;
  world.look(healthy(31min, Lsn{36 * 16 * mib + 0x28}));
  world.store(34, world.now);
  world.store(35, world.now);
  world.list();
  const Exposure exposure = world.exposure();
  const Judgement* const gap = find(exposure.faults, "archive.gap");
  ASSERT_NE(gap, nullptr) << all_of(exposure);
  EXPECT_EQ(gap->severity, Severity::critical);
  EXPECT_NE(gap->sentence.find("000000010000000000000014"), std::string::npos) << gap->sentence;
  EXPECT_NE(gap->sentence.find("000000010000000000000013"), std::string::npos) << gap->sentence;
  EXPECT_NE(find(exposure.faults, "archive.disagrees"), nullptr) << "claimed and inferred differ";
  EXPECT_GT(*exposure.inferred.rpo, 15min);

  // A new backup behind the hole mends the way, and the hole is history.
  world.listing.sets.push_back(full_backup("20261121-123000F", world.now, Lsn{33 * 16 * mib + 0x28}));
  world.list();
  const Exposure mended = world.exposure();
  EXPECT_EQ(find(mended.faults, "archive.gap")->severity, Severity::warning) << all_of(mended);
  EXPECT_EQ(find(mended.faults, "archive.disagrees"), nullptr) << all_of(mended);
}

TEST(Exposure, ASegmentWithOtherContentEndsTheWayThereWhateverIsListed) {  // F06, F07
  World world = busy_until(30min);
  world.checked =
      CheckedReach{Lsn{0x13FFFF00}, "000000010000000000000013", world.now, world.now, std::nullopt};
  BrokenLink link;
  link.id = {1, 0x14};
  link.segment = "000000010000000000000014";
  link.fault.what = "the page at 0/14002000 says that it is of 0/9002000";
  world.broken.push_back(link);
  const Exposure exposure = world.exposure();
  EXPECT_EQ(exposure.inferred.to, Lsn{0x14000000});
  EXPECT_EQ(exposure.level, Level::checked);
  EXPECT_GT(*exposure.inferred.rpo, 14min);
  EXPECT_NE(find(exposure.faults, "archive.broken")->sentence.find("0/9002000"), std::string::npos);
}

TEST(Exposure, CanariesMakeItExact) {
  World world = busy_until(10min);
  world.canaries = {{1, noon + 8min + 55s, Lsn{0xE000100}}, {2, noon + 9min + 5s, Lsn{0xF000100}}};
  world.server.track.marks.clear();
  world.server.track.quiet_at.reset();
  const Exposure exposure = world.exposure();
  EXPECT_EQ(exposure.inferred.rpo, 65s) << all_of(exposure);
  EXPECT_NE(exposure.inferred.why.find("canary 1"), std::string::npos);
}

TEST(Exposure, CheckedContentsRaiseTheLevel) {
  World world = busy_until(10min);
  world.checked =
      CheckedReach{Lsn{0xDFFFF00}, "00000001000000000000000D", world.now, world.now, std::nullopt};
  EXPECT_EQ(world.exposure().level, Level::checked);
  EXPECT_NE(world.exposure().sentence.find("(inferred, L2)"), std::string::npos);

  World started;  // no mark and no canary, but the last commit in the archive is the server's last
  Evidence seen = healthy(0s, Lsn{0x5000400});
  seen.transactions = "731:731:";
  started.look(seen);
  started.list();
  EXPECT_FALSE(started.exposure().inferred.rpo) << "it may have been written at any time";
  started.checked = CheckedReach{Lsn{0x4FFFF00}, "000000010000000000000004", noon, noon,
                                 wal::Commit{Lsn{0x4F00000}, 730, noon - 5h}};
  EXPECT_EQ(started.exposure().inferred.rpo, core::Duration{});
  started.checked->last_commit->xid = 729;
  EXPECT_EQ(started.exposure().inferred.rpo, 5h);
}

TEST(Exposure, WhatCannotBeReadIsUnknownAndNeverOk) {  // F20
  World world = busy_until(5min);
  world.trouble = "cannot list s3://backups: 403 Forbidden";
  world.now += 3h;
  const Exposure old = world.exposure();
  EXPECT_FALSE(old.inferred.rpo);
  EXPECT_EQ(old.paths[0].usable, Answer::unknown);
  EXPECT_EQ(find(old.faults, "rpo.unknown")->severity, Severity::unknown);
  EXPECT_NE(find(old.faults, "catalog.unread")->sentence.find("403"), std::string::npos);
  EXPECT_NE(find(old.faults, "server.unseen"), nullptr);
  EXPECT_NE(old.sentence.find("unknown"), std::string::npos);

  const Exposure nothing = expose(ExposureView{});
  EXPECT_FALSE(nothing.rpo());
  EXPECT_EQ(nothing.level, Level::unknown);
  EXPECT_NE(find(nothing.faults, "rpo.unknown"), nullptr);
  EXPECT_NE(find(nothing.faults, "proof.none"), nullptr);
}

TEST(Exposure, NeverIsNegativeWhenClocksJump) {  // F21
  World world = busy_until(10min);
  world.now -= 2h;
  const Exposure exposure = world.exposure();
  for (const Figure& figure : {exposure.claimed, exposure.inferred, exposure.proven}) {
    EXPECT_GE(figure.rpo.value_or(0s), 0s);
  }
}

TEST(Exposure, WithoutABackupTheArchiveLeadsNowhere) {
  World world = busy_until(5min);
  world.listing.sets.clear();
  world.list();
  const Exposure exposure = world.exposure();
  EXPECT_EQ(exposure.paths[0].usable, Answer::no);
  EXPECT_NE(find(exposure.faults, "path.unusable"), nullptr);
  EXPECT_FALSE(exposure.rpo());
}

TEST(Exposure, ProofsFadeByPolicyAndOnlyThoseOfThisClusterCount) {
  World world = busy_until(5min);
  EXPECT_EQ(world.exposure().proven.fade, Fade::fresh);
  world.drills[0].ended = world.now - 48h;
  EXPECT_EQ(world.exposure().proven.fade, Fade::fading);
  EXPECT_EQ(find(world.exposure().faults, "proof.fading")->severity, Severity::warning);
  world.drills[0].ended = world.now - 24h * 30;
  EXPECT_EQ(find(world.exposure().faults, "proof.stale")->severity, Severity::unknown);
  world.drills[0].ended = world.now - 1h;
  world.drills[0].system_id = ours + 1;
  EXPECT_NE(find(world.exposure().faults, "proof.none"), nullptr);
  world.drills[0].system_id = ours;
  world.drills[0].level = Level::checked;  // recovered to "immediate": says nothing of the WAL
  EXPECT_NE(find(world.exposure().faults, "proof.none"), nullptr);
}

TEST(Exposure, ADrillThatDisprovedSpeaksLouderThanAnOlderProof) {
  World world = busy_until(5min);
  DrillRecord bad = proof(world.now - 10min, "20261121-060000F");
  bad.finding = Finding::disproved;
  bad.broken = "canary 17 of 11:52:03 did not come back";
  world.drills.push_back(bad);
  EXPECT_NE(find(world.exposure().faults, "drill.disproved")->sentence.find("canary 17"), std::string::npos);
  world.drills.back().finding = Finding::could_not_verify;
  EXPECT_EQ(find(world.exposure().faults, "drill.unverified")->severity, Severity::warning);
  EXPECT_EQ(world.exposure().proven.as_of, world.drills.front().ended);
}

TEST(Exposure, AReplicaIsAClaimAndADumpIsAsOldAsItsBeginning) {
  World world = busy_until(5min);
  ReplicaView replica;
  replica.name = "standby1";
  replica.state = "streaming";
  replica.flushed = world.server.last.written;
  world.server.last.replicas->push_back(replica);
  ExposureView view = world.view();
  catalogs::Listing dumps;
  dumps.archives_wal = false;
  dumps.sets.push_back(full_backup("app-20261121.dump", world.now - 2h, Lsn{}));
  CatalogView catalog;
  catalog.target = "pg_dump of app";
  catalog.listing = &dumps;
  catalog.listed = world.now;
  view.catalogs.push_back(catalog);
  const Exposure exposure = expose(view);
  ASSERT_EQ(exposure.paths.size(), 3u);
  EXPECT_EQ(exposure.main, 0u);
  EXPECT_EQ(exposure.paths[1].inferred.rpo, 2h + 5min);
  EXPECT_EQ(exposure.paths[2].kind, PathKind::replica);
  EXPECT_LE(*exposure.paths[2].claimed.rpo, 10s);
  EXPECT_FALSE(exposure.paths[2].inferred.rpo) << "a claim is no evidence";
}

TEST(Exposure, ASnapshotIsItsProvidersWordAndNoMore) {
  World world = busy_until(5min);
  ExposureView view = world.view();
  catalogs::Listing listing;
  listing.archives_wal = false;
  listing.sets.push_back(full_backup("rds:school", world.now - 9h, Lsn{}));
  listing.sets.push_back(full_backup("rds:school-now", world.now - 1h, Lsn{}));
  for (auto& set : listing.sets) set.kind = catalogs::BackupKind::snapshot;
  listing.sets.back().complete = false;
  CatalogView catalog;
  catalog.target = "snapshots rds-school";
  catalog.listing = &listing;
  catalog.listed = world.now;
  view.catalogs.push_back(catalog);
  const Exposure exposure = expose(view);
  ASSERT_EQ(exposure.paths.size(), 2u);
  const Path& path = exposure.paths[1];
  EXPECT_EQ(exposure.main, 0u);
  EXPECT_EQ(path.kind, PathKind::snapshot);
  EXPECT_EQ(path.usable, Answer::yes);
  EXPECT_EQ(path.claimed.rpo, 9h + 5min) << "the newer one is not whole yet";
  EXPECT_EQ(path.claimed.level, Level::claimed);
  EXPECT_FALSE(path.inferred.rpo) << "a claim is no evidence";
  EXPECT_FALSE(path.proven.rpo);
}

TEST(Exposure, TheBetterOfTwoRepositoriesIsTheMainPathAndTheOtherIsTold) {  // F22
  World near = busy_until(30min), far = busy_until(30min);
  for (std::uint64_t number = 12; number < 40; ++number) far.lose(number);
  far.list();
  ExposureView view = far.view();
  view.catalogs[0].target = "pgbackrest stanza main, second region";
  view.catalogs.push_back(near.view().catalogs[0]);
  const Exposure exposure = expose(view);
  EXPECT_EQ(exposure.main, 1u);
  EXPECT_LE(*exposure.inferred.rpo, 2min);
  EXPECT_GT(*exposure.paths[0].inferred.rpo, 20min);
  EXPECT_NE(find(exposure.faults, "archive.disagrees:pgbackrest stanza main, second region"), nullptr);
}
