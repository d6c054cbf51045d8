#include "agent/recovery/forecast/forecast.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <cmath>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;

namespace {

double seconds(core::Duration length) { return std::chrono::duration<double>(length).count(); }
core::Duration length(double seconds) {
  return std::chrono::duration_cast<core::Duration>(std::chrono::duration<double>(seconds));
}

// A site with these truths: 4 s for nothing, 200 MB/s of fetch, 42 MB/s of replay.
DrillRecord measured(core::WallTime ended, double gigabytes, double wal_gigabytes, double slower = 1) {
  DrillRecord record = proof(ended, "F");
  record.restored_bytes = static_cast<std::uint64_t>(gigabytes * 1e9);
  record.replayed_bytes = static_cast<std::uint64_t>(wal_gigabytes * 1e9);
  record.replayed_segments = record.replayed_bytes / (16 * mib);
  record.phases = {{"find", 1s},    {"fetch", length(slower * (1 + gigabytes * 1000 / 200))},
                   {"start", 1s},   {"replay", length(slower * wal_gigabytes * 1000 / 42)},
                   {"promote", 1s}, {"verify", 20s}};
  return record;
}

double truth(double gigabytes, double wal_gigabytes) { return 4 + gigabytes * 5 + wal_gigabytes * 1000 / 42; }

struct Site {
  std::vector<DrillRecord> drills;
  ForecastView view;

  Site() {
    view.catalog = catalog_name;
    view.set = "F";
    view.segment_bytes = 16 * mib;
    view.now = noon;
    view.wal_bytes = 0;
  }
  Forecast ask(double gigabytes, double wal_gigabytes, double wal_rate = 0) {
    view.drills = &drills;
    view.set_bytes = static_cast<std::uint64_t>(gigabytes * 1e9);
    view.wal_bytes = static_cast<std::uint64_t>(wal_gigabytes * 1e9);
    view.wal_rate = wal_rate;
    return forecast(view);
  }
};

}  // namespace

TEST(Forecast, WithoutADrillItIsUnknownAndNeverAConstant) {
  Site site;
  const Forecast none = site.ask(1, 1);
  EXPECT_FALSE(none.known());
  EXPECT_EQ(none.confidence, Confidence::none);
  EXPECT_FALSE(none.breach);
  EXPECT_NE(none.sentence.find("unknown: no drill"), std::string::npos);
  site.drills.push_back(measured(noon - 1h, 1, 1));
  site.drills.back().catalog = "barman main";
  EXPECT_FALSE(site.ask(1, 1).known()) << "another catalog's drills say nothing";
  site.drills.back().catalog = catalog_name;
  site.drills.back().finding = Finding::could_not_verify;
  EXPECT_FALSE(site.ask(1, 1).known());
}

TEST(Forecast, IsWithinAFifthForOtherSizesAndBacklogs) {
  Site site;
  int hits = 0, asked = 0;
  double sizes[] = {0.2, 1, 0.5, 5, 2, 3, 0.3, 4, 1.5, 2.5};
  double noise[] = {1.0, 1.06, 0.95, 1.03, 0.97, 1.08, 0.94, 1.0, 1.05, 0.96};
  for (int i = 0; i < 10; ++i) {
    const double wal = sizes[9 - i] / 2;
    if (i > 0) {
      const double said = seconds(*site.ask(sizes[i], wal).expected);
      const double took = truth(sizes[i], wal) * noise[i];
      ++asked;
      hits += std::abs(said - took) <= std::max(3.0, 0.2 * took) ? 1 : 0;
    }
    site.drills.push_back(measured(noon - std::chrono::hours(20 - i), sizes[i], wal, noise[i]));
  }
  EXPECT_GE(hits, asked - 1);
}

TEST(Forecast, PromisesAreHeldAgainstTheSlowDrills) {
  Site site;
  for (int i = 0; i < 10; ++i)
    site.drills.push_back(measured(noon - std::chrono::hours(20 - i), 1, 1, i == 3 || i == 7 ? 2 : 1));
  const Forecast said = site.ask(1, 1);
  EXPECT_GT(*said.cautious, *said.expected * 3 / 2);
  EXPECT_EQ(said.confidence, Confidence::good);
  EXPECT_LE(*said.best, *said.expected);
  site.view.now = noon + 24h * 30;
  EXPECT_EQ(site.ask(1, 1).confidence, Confidence::low) << "old drills";
}

TEST(Forecast, SaysWhenItWillBeTooLateAndHowOftenToBackUp) {  // F34; the worked example of 13.6 MB/s of WAL
  Site site;
  for (int i = 0; i < 10; ++i) site.drills.push_back(measured(noon - std::chrono::hours(20 - i), 1, 2));
  site.view.backup_takes = 4min;
  const Forecast said = site.ask(12, 10, 13.6e6);
  ASSERT_TRUE(said.known());
  EXPECT_FALSE(said.breached);
  const double room = 900 - truth(12, 0);
  EXPECT_NEAR(seconds(*said.interval_most), room * 42 / 13.6, 60);
  EXPECT_NEAR(seconds(*said.breach - noon), (900 - truth(12, 10)) * 42 / 13.6, 60);
  EXPECT_EQ(*said.breach - *said.backup_by, 5min);
  EXPECT_NE(said.sentence.find("a restore would exceed 15m"), std::string::npos) << said.sentence;
  EXPECT_NE(said.advice.find("differential backup by 12:"), std::string::npos) << said.advice;

  EXPECT_TRUE(site.ask(12, 40, 13.6e6).breached);
  EXPECT_EQ(site.ask(12, 40, 13.6e6).breach, noon);
  EXPECT_FALSE(site.ask(1, 0, 0).breach) << "an idle server breaks no promise";
  const Forecast never = site.ask(400, 0, 1e6);
  EXPECT_EQ(never.interval_most, core::Duration{});
  EXPECT_NE(never.sentence.find("cannot be kept by backups alone"), std::string::npos);
}

TEST(Forecast, ASlowerFetchMovesTheBreachCloser) {  // F33
  Site site, throttled;
  for (int i = 0; i < 8; ++i) {
    site.drills.push_back(measured(noon - std::chrono::hours(20 - i), 2, 1));
    throttled.drills.push_back(measured(noon - std::chrono::hours(20 - i), 2, 1, 4));
  }
  EXPECT_LT(*throttled.ask(30, 3, 5e6).breach, *site.ask(30, 3, 5e6).breach);
}

TEST(Forecast, TheStandbysReplayIsWeighedWithTheDrills) {
  Site site;
  site.view.replays.assign(5, {noon - 1h, 10'000'000'000, 500s});
  EXPECT_FALSE(site.ask(1, 1).known()) << "it says nothing of how long a restore takes";
  for (int i = 0; i < 3; ++i) site.drills.push_back(measured(noon - std::chrono::hours(20 - i), 1, 1));
  const Forecast with = site.ask(1, 20);
  site.view.replays.clear();
  const Forecast without = site.ask(1, 20);
  EXPECT_GT(*with.expected, *without.expected) << "20 MB/s where the drills had 42";
  EXPECT_LT(*with.rates.replay_rate_low, *without.rates.replay_rate_low);
}

TEST(Forecast, ADeclaredVolumeOfWalIsForecastOnTop) {
  Site site;
  for (int i = 0; i < 5; ++i) site.drills.push_back(measured(noon - std::chrono::hours(20 - i), 1, 2));
  (void)site.ask(1, 1);
  EXPECT_FALSE(with_more_wal(site.view, 10'000'000'000).breached);
  EXPECT_TRUE(with_more_wal(site.view, 40'000'000'000).breached);
  site.view.wal_bytes.reset();
  EXPECT_FALSE(with_more_wal(site.view, 1).known());
}
