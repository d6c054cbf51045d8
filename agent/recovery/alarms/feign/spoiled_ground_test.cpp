#include "agent/recovery/alarms/feign/spoiled_ground.hpp"

#include "agent/async/nursery.hpp"
#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/ground/sim_ground.hpp"

#include <cstdio>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class RestorableCatalog final : public catalogs::Catalog {
 public:
  explicit RestorableCatalog(const SimSite& site) {
    kit_.segment_bytes = sim_segment_bytes;
    kit_.segments(site.first, site.last);
    kit_.set("20261121-120000F", site.first, site.first + 1).system_id = sim_system;
    kit_.listing.system_id = sim_system;
  }
  core::Task<core::Outcome<catalogs::Listing>> list(core::Duration) override { co_return kit_.listing; }
  core::Task<core::Outcome<std::string>> read_wal(catalogs::ArchivedFile, std::uint64_t,
                                                  core::Duration) override {
    co_return core::fail(core::Errc::not_found, "it is not there");
  }
  core::Outcome<std::vector<catalogs::Step>> restore(const catalogs::BackupSet&, const std::string&,
                                                     bool) const override {
    return std::vector<catalogs::Step>{{"restore it", {"restore"}, {}}};
  }
  core::Outcome<catalogs::FetchPlan> fetch_wal() const override {
    return catalogs::FetchPlan{{"get", "%f", "%p"}, {}, {1}};
  }
  core::Outcome<catalogs::Step> backup(catalogs::BackupKind) const override {
    return core::fail(core::Errc::unsupported, "not here");
  }
  std::string target() const override { return "simulated"; }

 private:
  ListingKit kit_;
};

struct Drilled {
  DrillRecord record;
  core::Outcome<Planted> planted = core::fail(core::Errc::internal, "not asked");
  std::vector<SpoiledTable> offered;
  int teardowns = 0;
};

core::Task<void> drill_and_keep(DrillTools tools, DrillOrder order, std::optional<DrillRecord>& record) {
  Source source;
  source.system_id = sim_system;
  source.segment_bytes = sim_segment_bytes;
  record = co_await run_drill(std::move(tools), std::move(order), std::move(source));
}

// `heals`: replay brings the page back.
Drilled drill(std::vector<Ask> checks, bool heals = false, SimSite site = {}) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  RestorableCatalog catalog(site);
  SimGround real(clock, site);
  const auto pool = async::make_inline_pool(loop.get_executor());
  Drilled drilled;
  SpoiledGround ground(
      real, clock, *pool, 5min,
      [&](const std::vector<SpoiledTable>& tables, std::uint64_t bytes) -> core::Outcome<SpoiledTable> {
        EXPECT_EQ(bytes, 8192U);
        EXPECT_FALSE(real.alive()) << "only where no server has it open";
        drilled.offered = tables;
        if (!heals) real.zero_page();
        return tables.front();
      });
  DrillOrder order;
  order.checks = std::move(checks);
  order.limit = 5min;
  const Progress nobody = [](const std::string&, const std::string&) {};
  std::optional<DrillRecord> record;
  async::Nursery nursery(loop.get_executor());
  nursery.start(
      drill_and_keep(DrillTools{clock, catalog, ground, nobody, {}, nullptr}, std::move(order), record));
  const core::Instant end = clock.now() + 2h;
  while (nursery.size() > 0 && clock.now() < end) clock.advance(1s);
  EXPECT_TRUE(record);
  if (record) drilled.record = *record;
  drilled.planted = ground.planted();
  drilled.teardowns = real.teardowns;
  return drilled;
}

TEST(SpoiledGround, ADrillNamesTheTableWithThePageOfZeroes) {
  const Drilled drilled = drill({Ask::rows});
  ASSERT_TRUE(drilled.planted) << drilled.planted.error().what;
  EXPECT_EQ(drilled.planted->named, "notes in postgres");
  EXPECT_EQ(drilled.offered.front().file, "/scratch/data/base/5/16384");
  EXPECT_EQ(drilled.record.finding, Finding::disproved);
  EXPECT_EQ(judge_drilled_alarm(Alarm::zeroed_page, *drilled.planted, drilled.record, 1).finding,
            Finding::proven);
  EXPECT_EQ(drilled.teardowns, 1);
}

TEST(SpoiledGround, ADrillThatAsksForNothingIsDeafAndIsToldSo) {
  const Drilled drilled = drill({Ask::lengths});
  ASSERT_TRUE(drilled.planted) << drilled.planted.error().what;
  EXPECT_EQ(drilled.record.finding, Finding::proven);
  EXPECT_EQ(judge_drilled_alarm(Alarm::zeroed_page, *drilled.planted, drilled.record, 1).finding,
            Finding::disproved);
}

TEST(SpoiledGround, APageThatReplayWroteAnewWasNeverFeigned) {
  const Drilled drilled = drill({Ask::rows}, true);
  ASSERT_FALSE(drilled.planted);
  EXPECT_THAT(drilled.planted.error().what, HasSubstr("came back with the replay"));
}

TEST(SpoiledGround, TroubleOnTheWayIsNoFindingOfTheAlarm) {
  SimSite site;
  site.trouble.calls["stop_server"] = SimFault::fails;
  const Drilled drilled = drill({Ask::rows}, false, site);
  ASSERT_FALSE(drilled.planted);
  EXPECT_THAT(drilled.planted.error().what, HasSubstr("stop_server failed"));
  EXPECT_EQ(drilled.teardowns, 1);
}

TEST(ZeroPage, TheOneThatWasWrittenLongestAgoIsZeroedAndNoOther) {
  const std::string folder = testing::TempDir();
  std::vector<SpoiledTable> tables;
  for (const char lsn : {'\5', '\2', '\7'}) {
    const std::string path = folder + "outrider-page-" + std::to_string(lsn);
    std::string page(2 * 8192, 'x');
    page.replace(0, 8, std::string("\0\0\0\0", 4) + lsn + std::string("\0\0\0", 3));
    std::ofstream(path, std::ios::binary) << page;
    tables.push_back({"table " + std::to_string(lsn), path});
  }
  const auto zeroed = real_zero_page()(tables, 8192);
  ASSERT_TRUE(zeroed);
  EXPECT_EQ(zeroed->name, "table 2");
  for (const SpoiledTable& one : tables) {
    std::ifstream file(one.file, std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    ASSERT_EQ(page.size(), 2 * 8192U);
    EXPECT_EQ(page.substr(0, 8192) == std::string(8192, '\0'), one.name == "table 2");
    EXPECT_EQ(page.substr(8192), std::string(8192, 'x'));
    std::remove(one.file.c_str());
  }
  EXPECT_FALSE(real_zero_page()({{"gone", folder + "outrider-not-there"}}, 8192));
}

}  // namespace
}  // namespace outrider::recovery
