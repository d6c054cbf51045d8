#include "agent/recovery/evidence/judge.hpp"

#include "agent/recovery/evidence/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;

namespace {

constexpr Lsn start{0x5000100};

// The archiver stopped at some segment, without a failure.
Evidence hung(core::Duration after, Lsn written, std::uint64_t bytes = 16 * mib) {
  Evidence seen = healthy(after, written, bytes);
  seen.archiver->last_archived = wal::segment_name({1, 4}, bytes);
  seen.archiver->archived = 5;
  seen.archiver->last_archived_time = noon;
  seen.ready = ReadyView{wal::number_of(written, bytes) - 5, wal::segment_name({1, 5}, bytes), {}};
  return seen;
}

std::string all_of(const Judgements& found) {
  std::string out;
  for (const Judgement& judgement : found) out += judgement.id + ": " + judgement.sentence + "\n";
  return out;
}

}  // namespace

TEST(Archiver, AHealthyServerIsQuietForHoursBusyOrIdle) {
  Watched busy, idle;
  for (int minute = 0; minute < 300; ++minute) {
    const auto after = std::chrono::minutes(minute);
    const Judgements found = busy.look(healthy(after, Lsn{start.value + minute * 40 * mib}));
    ASSERT_TRUE(found.empty()) << all_of(found);
    Evidence quiet = healthy(after, start);
    quiet.archiver->last_archived_time = noon - 1h;
    ASSERT_TRUE(idle.look(quiet).empty()) << all_of(idle.look(quiet));
  }
}

TEST(Archiver, SegmentsOfSixtyFourMebibytesAreAsQuiet) {
  Watched watched;
  for (int minute = 0; minute < 60; ++minute) {
    const Lsn written{0x100000000ULL - 32 * mib + minute * 16 * mib};  // over …FF to 00
    const Judgements found = watched.look(healthy(std::chrono::minutes(minute), written, 64 * mib));
    ASSERT_TRUE(found.empty()) << all_of(found);
  }
}

TEST(Archiver, AnArchiveTimeoutOfZeroOnAnIdleServerIsQuiet) {
  Watched watched;
  for (int hour = 0; hour < 20; ++hour) {
    Evidence seen = healthy(std::chrono::hours(hour), start);
    (*seen.settings)["archive_timeout"].value = "0";
    seen.archiver->last_archived_time = noon - 10h;
    ASSERT_TRUE(watched.look(seen).empty());
  }
}

TEST(Archiver, OneThatHangsIsToldAlthoughItCountsNoFailure) {  // F03
  Watched watched;
  EXPECT_TRUE(watched.look(hung(0s, Lsn{0x6000100})).empty());
  EXPECT_TRUE(watched.look(hung(50s, Lsn{0x7000100})).empty()) << "archive_timeout is 60 s";
  const Judgements found = watched.look(hung(65s, Lsn{0x8000100}));
  const Judgement* const stalled = find(found, "archiver.stalled");
  ASSERT_NE(stalled, nullptr);
  EXPECT_EQ(stalled->severity, Severity::critical);
  EXPECT_NE(stalled->sentence.find("000000010000000000000005"), std::string::npos) << stalled->sentence;
  EXPECT_EQ(watched.last.archiver->failed, 0u);
}

TEST(Archiver, AShortArchiveTimeoutIsAShortPatience) {
  Watched watched;
  const auto quick = [](core::Duration after, Lsn written) {
    Evidence seen = hung(after, written);
    (*seen.settings)["archive_timeout"].value = "8";
    return seen;
  };
  EXPECT_TRUE(watched.look(quick(0s, Lsn{0x6000100})).empty());
  EXPECT_EQ(time_to_stall({watched.last, watched.track, watched.policy}), 8s);
  EXPECT_TRUE(watched.look(quick(7s, Lsn{0x7000100})).empty());
  EXPECT_EQ(time_to_stall({watched.last, watched.track, watched.policy}), 1s);
  EXPECT_NE(find(watched.look(quick(8s, Lsn{0x8000100})), "archiver.stalled"), nullptr);
  EXPECT_EQ(time_to_stall({watched.last, watched.track, watched.policy}), std::nullopt) << "it was told";
}

TEST(Archiver, AFailureThatTheNextTryMendsIsNotCritical) {
  Watched watched;
  Evidence seen = hung(0s, Lsn{0x6000100});
  seen.archiver->last_archived_time = seen.taken - 2h;  // nothing was written for long
  seen.ready->oldest_time = seen.taken - 1s;
  seen.archiver->failed = 1;
  seen.archiver->last_failed = seen.ready->oldest;
  seen.archiver->last_failed_time = seen.taken - 1s;
  const Judgements found = watched.look(seen);
  const Judgement* const failing = find(found, "archiver.failing");
  ASSERT_NE(failing, nullptr);
  EXPECT_EQ(failing->severity, Severity::warning);
}

TEST(Archiver, AnAgentThatJustStartedSeesAHangByTheAgeOfTheOldestFile) {
  Watched watched;
  Evidence seen = hung(600s, Lsn{0x8000100});
  seen.ready->oldest_time = noon + 30s;
  EXPECT_NE(find(watched.look(seen), "archiver.stalled"), nullptr);
}

TEST(Archiver, OneThatIsSlowButWorksIsABacklogAndNoStall) {
  Watched watched;
  for (int minute = 0; minute < 30; ++minute) {
    Evidence seen = hung(std::chrono::minutes(minute), Lsn{0x80000000});
    seen.archiver->archived = 5 + minute;
    seen.archiver->last_archived = wal::segment_name({1, 4 + static_cast<std::uint64_t>(minute)}, 16 * mib);
    seen.archiver->last_archived_time = seen.taken;
    seen.ready = ReadyView{50 + static_cast<std::uint64_t>(minute) * 3,
                           wal::segment_name({1, 5 + static_cast<std::uint64_t>(minute)}, 16 * mib), noon};
    const Judgements found = watched.look(seen);
    ASSERT_EQ(find(found, "archiver.stalled"), nullptr);
    const Judgement* const backlog = find(found, "archiver.backlog");
    ASSERT_NE(backlog, nullptr);
    if (minute > 5) {
      EXPECT_NE(backlog->sentence.find("180 more an hour"), std::string::npos) << backlog->sentence;
    }
  }
}

TEST(Archiver, AFailingOneIsNamedWithItsSegment) {  // F02
  Watched watched;
  Evidence seen = hung(300s, Lsn{0x8000100});
  seen.archiver->failed = 7;
  seen.archiver->last_failed = seen.ready->oldest;
  seen.archiver->last_failed_time = seen.taken - 5s;
  const Judgements found = watched.look(seen);
  const Judgement* const failing = find(found, "archiver.failing");
  ASSERT_NE(failing, nullptr);
  EXPECT_EQ(failing->severity, Severity::critical);
  EXPECT_NE(failing->sentence.find("000000010000000000000005"), std::string::npos);
  EXPECT_NE(failing->hint.find("never remove files"), std::string::npos);
  EXPECT_EQ(find(found, "archiver.stalled"), nullptr) << "one fault, told once";

  Evidence mended = healthy(400s, Lsn{0x8000100});
  mended.archiver->failed = 7;
  mended.archiver->last_failed = seen.archiver->last_failed;
  mended.archiver->last_failed_time = seen.archiver->last_failed_time;
  EXPECT_TRUE(watched.look(mended).empty()) << "failures of the past";
}

TEST(Archiver, ACommandThatStoresNothingIsKnownByItsText) {  // F01
  for (const char* const command :
       {"", " ", ":", "true", "/bin/true", "/usr/bin/true %p", "exit 0", "sh -c 'exit 0'", "cp %p /dev/null",
        "cat %p > /dev/null", "cp %p /archive/%f || true", "cp %p /a/%f; exit 0",
        "cp %p /a/%f || :", "echo archived", "pgbackrest --stanza=main archive-push"})
    EXPECT_TRUE(suspicious_command(command)) << command;
  for (const char* const command :
       {"pgbackrest --stanza=main archive-push %p", "wal-g wal-push %p", "cp %p /archive/%f",
        "test ! -f /archive/%f && cp %p /archive/%f", "barman-wal-archive backup main %p",
        "cp %p /archive/%f > /dev/null 2>&1", "rsync -a %p host:/archive/%f 2>/dev/null",
        "/usr/local/bin/truearchive %p", "cp %p /a/%f || exit 1", "gzip -c %p > /archive/%f.gz"})
    EXPECT_FALSE(suspicious_command(command)) << command;
}

TEST(Archiver, WithoutTheQueueAStandstillIsSeenByWalThatGoesOn) {
  Watched watched;
  Judgements found;
  for (int i = 0; i < 10; ++i) {
    Evidence seen = hung(std::chrono::seconds(i * 10), Lsn{0x7000100 + i * 16 * mib});
    seen.ready.reset();
    found = watched.look(seen);
  }
  EXPECT_NE(find(found, "archiver.stalled"), nullptr);
  EXPECT_EQ(find(found, "archiver.queue")->severity, Severity::unknown);
}

TEST(Archiver, WhatCannotBeSeenIsUnknownAndNotFine) {
  Watched watched;
  Evidence seen = healthy(0s, start);
  seen.archiver.reset();
  seen.settings->erase("archive_command");
  const Judgements found = watched.look(seen);
  EXPECT_EQ(find(found, "archiver.unseen")->severity, Severity::unknown);
  EXPECT_EQ(find(found, "settings.unseen")->severity, Severity::unknown);
}

TEST(Settings, ThoseThatEndARecoveryAreToldBeforeItIsNeeded) {  // F13
  Watched watched;
  Evidence seen = healthy(0s, start);
  (*seen.settings)["archive_mode"] = {"off", "", false};
  (*seen.settings)["fsync"].value = "off";
  (*seen.settings)["wal_level"] = {"minimal", "", true};
  (*seen.settings)["data_checksums"].value = "off";
  const Judgements found = watched.look(seen);
  EXPECT_EQ(find(found, "settings.archive_mode")->severity, Severity::critical);
  EXPECT_EQ(find(found, "settings.fsync")->severity, Severity::critical);
  EXPECT_EQ(find(found, "settings.wal_level")->severity, Severity::critical);
  EXPECT_EQ(find(found, "settings.data_checksums")->severity, Severity::warning);
  EXPECT_NE(find(found, "settings.pending_restart")->sentence.find("wal_level"), std::string::npos);
  EXPECT_EQ(found.front().severity, Severity::critical) << "the worst first";
}

TEST(Replicas, AnIdleStandbyIsNotLateHoweverOldItsLastCommitIs) {  // F49
  Watched watched;
  Evidence seen = healthy(0s, start);
  seen.in_recovery = true;
  seen.written.reset();
  seen.inserted.reset();
  StandbyView standby;
  standby.received = standby.replayed = start;
  standby.last_commit = noon - 9h;
  standby.paused = false;
  standby.receiver = "streaming";
  seen.standby = standby;
  EXPECT_TRUE(watched.look(seen).empty());

  seen.standby->replayed = Lsn{start.value - 3 * mib};
  EXPECT_NE(find(watched.look(seen), "standby.late"), nullptr) << "received, and not replayed";
  seen.standby->paused = true;
  EXPECT_NE(find(watched.look(seen), "standby.paused")->sentence.find("3 MiB"), std::string::npos);
}

TEST(Replicas, OneIsLateByWhatItHasNotGotAndForHowLong) {
  Watched watched;
  ReplicaView replica;
  replica.name = "standby1";
  replica.state = "streaming";
  Judgements found;
  for (int minute = 0; minute <= 10; ++minute) {
    Evidence seen = healthy(std::chrono::minutes(minute), Lsn{start.value + minute * mib});
    replica.flushed = replica.replayed = Lsn{start.value + mib};
    seen.replicas->push_back(replica);
    found = watched.look(seen);
    if (minute < 5) {
      ASSERT_EQ(find(found, "replica.late"), nullptr);
    }
  }
  EXPECT_NE(find(found, "replica.late")->sentence.find("9 MiB"), std::string::npos);
}

TEST(Replicas, CommitsThatWaitForAStandbyThatIsNotThereAreCritical) {  // F47
  Watched watched;
  Evidence seen = healthy(0s, start);
  (*seen.settings)["synchronous_standby_names"].value = "standby1";
  EXPECT_EQ(find(watched.look(seen), "replica.no_synchronous")->severity, Severity::critical);
  ReplicaView replica;
  replica.name = "standby1";
  replica.state = "streaming";
  replica.sync_state = "sync";
  replica.flushed = replica.replayed = start;
  seen.replicas->push_back(replica);
  EXPECT_TRUE(watched.look(seen).empty());
}

TEST(Slots, OneWithoutReaderIsToldByWhatItHoldsAndWhenTheDiskIsFull) {  // F48
  Watched watched;
  SlotView slot;
  slot.name = "old_standby";
  slot.kind = "physical";
  slot.active = false;
  slot.wal_status = "extended";
  Judgements found;
  for (int minute = 0; minute < 30; ++minute) {
    Evidence seen = healthy(std::chrono::minutes(minute), Lsn{start.value + minute * 600 * mib});
    slot.restart = start;
    slot.retained_bytes = minute * 600 * mib;
    seen.slots->push_back(slot);
    seen.wal_free_bytes = 60 * 1024 * mib;
    found = watched.look(seen);
  }
  const Judgement* const holds = find(found, "slot.retains:old_standby");
  ASSERT_NE(holds, nullptr);
  EXPECT_EQ(holds->severity, Severity::critical);
  EXPECT_NE(holds->sentence.find("1 h 42 min"), std::string::npos) << holds->sentence;
  EXPECT_EQ(holds->since, noon + 1min) << "since the disk would be full soon";

  Evidence read = healthy(31min, Lsn{start.value + 31 * 600 * mib});
  slot.active = true;
  read.slots->push_back(slot);
  EXPECT_TRUE(watched.look(read).empty());
}

TEST(Identity, AnotherClusterIsTold) {  // F09
  Watched watched;
  EXPECT_TRUE(watched.look(healthy(0s, start)).empty());
  Evidence other = healthy(10s, Lsn{0x9000000});
  other.system_id = ours + 1;
  EXPECT_EQ(find(watched.look(other), "identity.system")->severity, Severity::critical);
  EXPECT_EQ(watched.track.marks.size(), 1u) << "nothing of it is remembered";
}

TEST(Identity, APromotionIsNewsAndAWayBackIsCritical) {
  Watched watched;
  (void)watched.look(healthy(0s, start));
  Evidence promoted = healthy(10s, Lsn{0x5000200});
  promoted.timeline = 2;
  EXPECT_EQ(find(watched.look(promoted), "identity.timeline")->severity, Severity::warning);
  promoted = healthy(2h, Lsn{0x5000200});
  promoted.timeline = 2;
  EXPECT_EQ(find(watched.look(promoted), "identity.timeline"), nullptr) << "news grows old";
  EXPECT_EQ(find(watched.look(healthy(3h, Lsn{0x5000200})), "identity.timeline")->severity,
            Severity::critical);
}

TEST(Identity, ClocksThatDisagreeAreTold) {  // F21
  Watched watched;
  (void)watched.look(healthy(0s, start));
  Evidence skewed = healthy(10s, start);
  skewed.server_time = skewed.taken + 2h;
  EXPECT_NE(find(watched.look(skewed), "clock.skew")->sentence.find("2 h ahead"), std::string::npos);
  Evidence jumped = healthy(20s, start);
  jumped.taken += 2h;
  jumped.server_time = jumped.taken;
  EXPECT_NE(find(watched.look(jumped), "clock.jumped"), nullptr);
}
