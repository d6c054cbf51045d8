// Faults feigned in a sound archive of real WAL, and heard by the judges of the watch.
#include "agent/recovery/alarms/hear.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/evidence/testing.hpp"
#include "agent/wal/test_kit.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SoundCatalog final : public catalogs::Catalog {
 public:
  ListingKit kit;
  std::map<std::string, std::string> files;

  core::Task<core::Outcome<catalogs::Listing>> list(core::Duration) override { co_return kit.listing; }
  core::Task<core::Outcome<std::string>> read_wal(catalogs::ArchivedFile file, std::uint64_t,
                                                  core::Duration) override {
    co_return files.at(file.name);
  }
  core::Outcome<std::vector<catalogs::Step>> restore(const catalogs::BackupSet&, const std::string&,
                                                     bool) const override {
    return std::vector<catalogs::Step>{{"restore it", {"restore"}, {}}};
  }
  core::Outcome<catalogs::FetchPlan> fetch_wal() const override {
    return catalogs::FetchPlan{{"get", "%f", "%p"}, {}, {1}};
  }
  core::Outcome<catalogs::Step> backup(catalogs::BackupKind) const override {
    return catalogs::Step{"back up", {"true"}, {}};
  }
  std::string target() const override { return "sound"; }
};

class HearTest : public ::testing::Test {
 protected:
  HearTest() {
    EXPECT_TRUE(files.make_directories("/state"));
    wal.system_id = testing::ours;
    catalog.kit.segment_bytes = wal.segment_bytes;
    catalog.kit.start = clock.wall() - 2h;
    while (wal.next < 7 * wal.segment_bytes) {
      wal.record(std::string(20 + wal.next / 8 % 300, 'v'));
      wal.commit(static_cast<std::uint32_t>(wal.next / 1000), static_cast<std::int64_t>(wal.next));
    }
    auto& set = catalog.kit.set("A", 1, 2);
    set.started = set.stopped = clock.wall() - 2h;
    set.system_id = testing::ours;
    catalog.kit.listing.system_id = testing::ours;
    for (std::uint64_t number = 1; number <= 6; ++number) {
      catalog.kit.segment(number, 1, false);
      catalog.files[catalog.kit.name(number)] = wal.segments.at(number);
    }
    scene = sound();
  }

  // The server writes in segment 7, and all before it is stored.
  Scene sound() {
    Scene made;
    const wal::Lsn written{7 * wal.segment_bytes + 4096};
    testing::Watched server;
    for (const core::Duration ago : {90min, 30min, 0min}) {
      Evidence seen = testing::healthy(
          0s, wal::Lsn{written.value - static_cast<std::uint64_t>(ago / 1min) * 8192}, wal.segment_bytes);
      seen.taken = clock.wall() - ago;
      seen.at = clock.now() + 10h - ago;
      seen.server_time = seen.taken;
      seen.server_started = clock.wall() - 240h;
      seen.archiver->last_archived_time = seen.taken - 20s;
      (void)server.look(std::move(seen));
    }
    made.evidence = server.last;
    made.track = server.track;
    made.canaries = {{1, clock.wall() - 10min, wal::Lsn{3 * wal.segment_bytes}, 0}};
    made.settles_within = 5s;
    return made;
  }

  template <class T>
  T run(core::Task<T> task) {
    std::optional<T> result;
    auto keep = [](core::Task<T> work, std::optional<T>& into) -> core::Task<void> {
      into.emplace(co_await std::move(work));
    };
    core::Task<void> storing = keep(std::move(task), result);
    async::Nursery nursery(loop.get_executor());
    nursery.start(std::move(storing));
    clock.settle();
    EXPECT_TRUE(result);
    return std::move(*result);
  }

  core::Outcome<Heard> listen(Scene& to) {
    HearTools tools{clock, *pool, files, log, catalog, "/state/memory", "main"};
    return run(hear(std::move(tools), to));
  }

  AlarmFinding drilled(Alarm alarm) {
    const auto before = listen(scene);
    EXPECT_TRUE(before);
    if (const auto on = on_already(alarm, *before)) return *on;
    Scene ruined = scene;
    const auto planted = plant(alarm, ruined);
    if (!planted) return could_not_hear(alarm, planted.error().what);
    const auto with = listen(ruined);
    EXPECT_TRUE(with);
    return judge_alarm(alarm, *planted, *with);
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  os::SimFiles files;
  os::CapturedLog log;
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  wal::WalKit wal;
  SoundCatalog catalog;
  Scene scene;
};

constexpr std::array<Alarm, 6> all{Alarm::lost_segment,  Alarm::damaged_segment,  Alarm::lying_archiver,
                                   Alarm::hung_archiver, Alarm::failing_archiver, Alarm::standing_archive};

TEST_F(HearTest, EveryAlarmFiresOverASoundArchiveAndNamesWhatIsWrong) {
  for (const Alarm alarm : all) {
    const AlarmFinding finding = drilled(alarm);
    EXPECT_EQ(finding.finding, Finding::proven) << name_of(alarm) << ": " << finding.sentence;
    EXPECT_FALSE(finding.planted.empty());
  }
}

TEST_F(HearTest, NothingIsLeftBehindAndNothingWasChanged) {
  const catalogs::Listing listing = catalog.kit.listing;
  const auto bytes = catalog.files;
  for (const Alarm alarm : all) (void)drilled(alarm);
  EXPECT_FALSE(files.exists("/state/memory"));
  EXPECT_EQ(catalog.kit.listing.wal.size(), listing.wal.size());
  EXPECT_EQ(catalog.files, bytes);
  EXPECT_EQ(FeignedCatalog(catalog, {}).backup(catalogs::BackupKind::full).error().code,
            core::Errc::unsupported);
}

TEST_F(HearTest, AWatchThatDoesNotMindTheArchiverIsDeafToIt) {
  scene.policy.archive = false;
  for (const Alarm alarm : {Alarm::hung_archiver, Alarm::failing_archiver})
    EXPECT_EQ(drilled(alarm).finding, Finding::disproved) << name_of(alarm);
  EXPECT_EQ(drilled(Alarm::lost_segment).finding, Finding::proven);
}

TEST_F(HearTest, APatienceThatNeverEndsIsDeaf) {
  scene.evidence->settings->at("archive_timeout").value = "86400";
  Scene ruined = scene;
  const auto before = listen(ruined);
  const auto planted = plant(Alarm::hung_archiver, ruined);
  ASSERT_TRUE(before && planted);
  EXPECT_FALSE(on_already(Alarm::hung_archiver, *before));
  // So that what was feigned is not longer than anybody is patient.
  ruined.evidence->settings->at("archive_timeout").value = "8640000";
  const auto with = listen(ruined);
  ASSERT_TRUE(with);
  EXPECT_EQ(judge_alarm(Alarm::hung_archiver, *planted, *with).finding, Finding::disproved);
}

TEST_F(HearTest, WhatCannotBeFeignedHereIsUnknown) {
  scene.evidence->settings->at("archive_mode").value = "off";
  EXPECT_EQ(drilled(Alarm::lying_archiver).finding, Finding::could_not_verify);
  EXPECT_THAT(drilled(Alarm::hung_archiver).sentence, HasSubstr("archive_mode is off"));
  scene = sound();
  scene.evidence.reset();
  EXPECT_EQ(drilled(Alarm::standing_archive).finding, Finding::could_not_verify);
  catalog.kit.remove(catalog.kit.name(6));
  catalog.kit.remove(catalog.kit.name(5));
  catalog.kit.remove(catalog.kit.name(4));
  scene = sound();
  EXPECT_EQ(drilled(Alarm::lost_segment).finding, Finding::could_not_verify);
}

TEST_F(HearTest, AnAlarmThatIsOnAlreadyProvesNothing) {
  catalog.kit.remove(catalog.kit.name(4));
  scene = sound();
  EXPECT_EQ(drilled(Alarm::lost_segment).finding, Finding::could_not_verify);
  EXPECT_THAT(drilled(Alarm::lost_segment).sentence, HasSubstr("on already"));
}

TEST_F(HearTest, AWithheldSegmentIsAbsentForTheServerAndEveryOtherIsFetched) {
  FeignedCatalog feigned(catalog, {{}, {}, "000000010000000000000005"});
  const auto plan = feigned.fetch_wal();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->argv[0], "/bin/sh");
  EXPECT_EQ(plan->argv[3], "%f");
  EXPECT_EQ(std::vector<std::string>(plan->argv.begin() + 4, plan->argv.end()),
            (std::vector<std::string>{"get", "%f", "%p"}));
  EXPECT_THAT(plan->absent_codes, ::testing::ElementsAre(1, 99));
}

TEST(Damaged, BytesAreInTheMiddleOfWhatIsUsed) {
  std::string stored = std::string(1000, 'x') + std::string(9000, '\0');
  const std::string other = damaged(stored);
  EXPECT_EQ(other.size(), stored.size());
  EXPECT_EQ(other.substr(0, 500), stored.substr(0, 500));
  EXPECT_NE(other.substr(500, 64), stored.substr(500, 64));
  EXPECT_EQ(other.substr(564), stored.substr(564));
}

}  // namespace
}  // namespace outrider::recovery
