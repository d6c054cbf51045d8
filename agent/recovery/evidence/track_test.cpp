#include "agent/recovery/evidence/track.hpp"

#include "agent/recovery/evidence/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;

TEST(Track, AWeekOfLooksEveryFiveSecondsStaysSmall) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int days = 1;  // a week of them took a minute
#else
  constexpr int days = 7;
#endif
  Track track;
  for (int look = 0; look < days * 86400 / 5; ++look)
    remember(track, healthy(std::chrono::seconds(look * 5), Lsn{0x5000000ULL + look * 1000ULL}));
  EXPECT_LT(track.marks.size(), 1600u);
  EXPECT_LE(track.positions.size(), 62u);
  const core::WallTime now = track.marks.back().at;
  const Mark* const mark = mark_at(track, now - 1h);
  ASSERT_NE(mark, nullptr);
  EXPECT_GE(mark->at, now - 1h - 2min) << "an hour ago is known to the minute";
  for (std::size_t i = 1; i < track.marks.size(); ++i)
    ASSERT_LT(track.marks[i - 1].written, track.marks[i].written);
}

TEST(Track, TheMarkBeforeAPlaceSaysWhenWalWasThere) {
  Track track;
  for (int i = 0; i < 10; ++i)
    remember(track, healthy(std::chrono::seconds(i * 10), Lsn{0x5000000ULL + i * 0x100ULL}));
  EXPECT_EQ(mark_before(track, Lsn{0x4FFFFFF}), nullptr);
  EXPECT_EQ(mark_before(track, Lsn{0x5000000})->at, noon);
  EXPECT_EQ(mark_before(track, Lsn{0x5000350})->at, noon + 30s);
  EXPECT_EQ(mark_before(track, Lsn{0x9000000})->at, noon + 90s);
}

TEST(Track, WhatStaysInPlaceIsKnownForLater) {
  Track track;
  for (int i = 0; i < 100; ++i) remember(track, healthy(std::chrono::seconds(i * 10), Lsn{0x5000100}));
  EXPECT_EQ(track.marks.size(), 1u);
  EXPECT_EQ(mark_before(track, Lsn{0x5000100})->at, noon + 990s);
  EXPECT_EQ(track.quiet_since, noon);
  EXPECT_EQ(track.quiet_at, Lsn{0x5000100});
}

TEST(Track, WalThatMovesWithoutATransactionLeavesItQuiet) {
  Track track;
  Evidence seen = healthy(0s, Lsn{0x5000100});
  remember(track, seen);
  for (int i = 1; i < 10; ++i) {
    Evidence next = healthy(std::chrono::seconds(i * 10), Lsn{0x5000100ULL + i * 16 * mib});
    next.transactions = seen.transactions;
    remember(track, next);
  }
  EXPECT_EQ(track.quiet_at, Lsn{0x5000100}) << "switches and checkpoints are no commits";
  Evidence wrote = healthy(100s, Lsn{0xF000200});
  wrote.transactions = "800:802:800";
  remember(track, wrote);
  EXPECT_EQ(track.quiet_at, Lsn{0xF000200});
  wrote.at += 5s;
  wrote.taken += 5s;
  wrote.inserted = wrote.written = Lsn{0xF000300};
  wrote.transactions = "802:802:";  // the old one ended although no newer began
  remember(track, wrote);
  EXPECT_EQ(track.quiet_at, Lsn{0xF000300});
}

TEST(Track, TheRateIsCalmAboutRestartsAndJumps) {
  Track track;
  Lsn at{0x5000000};
  for (int i = 0; i < 360; ++i) {
    at.value += 10 * mib;
    Evidence seen = healthy(std::chrono::seconds(i * 10), at);
    if (i > 180) seen.server_started = noon + 30min;
    remember(track, seen);
  }
  EXPECT_NEAR(*track.rate.average, 1.0 * mib, 0.01 * mib);
  EXPECT_NEAR(*track.rate.recent_most, 1.0 * mib, 0.1 * mib);
  at.value += 1ULL << 42;  // pg_resetwal, another timeline
  remember(track, healthy(3610s, at));
  EXPECT_LT(*track.rate.average, 1.1 * mib);
  EXPECT_LT(*track.rate.recent_most, 2.0 * mib);
  Track fresh;
  remember(fresh, healthy(0s, at));
  EXPECT_FALSE(fresh.rate.average) << "one look is no rate";
}

TEST(Track, AJudgementKeepsItsBeginningWhileItHolds) {
  Track track;
  Judgements now{{"a", Severity::warning, "x", "", {}}};
  settle(track, now, noon);
  settle(track, now, noon + 1h);
  EXPECT_EQ(now.front().since, noon);
  Judgements none;
  settle(track, none, noon + 2h);
  settle(track, now, noon + 3h);
  EXPECT_EQ(now.front().since, noon + 3h);
  settle(track, now, noon);  // the clock went back
  EXPECT_EQ(now.front().since, noon);
}
