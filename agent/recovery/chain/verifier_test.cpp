#include "agent/recovery/chain/verifier.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/chain/history.hpp"
#include "agent/recovery/turns.hpp"
#include "agent/wal/test_kit.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using ::testing::HasSubstr;

template <class T>
core::Task<void> keep(core::Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

// Files in memory. Nothing can be restored from it.
class MemoryCatalog final : public catalogs::Catalog {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, core::Error> troubles;
  std::vector<std::string> reads;

  core::Task<core::Outcome<catalogs::Listing>> list(core::Duration) override {
    co_return catalogs::Listing{};
  }
  core::Task<core::Outcome<std::string>> read_wal(catalogs::ArchivedFile file, std::uint64_t,
                                                  core::Duration) override {
    reads.push_back(file.name);
    const auto trouble = troubles.find(file.name);
    if (trouble != troubles.end()) co_return core::fail(trouble->second);
    co_return files.at(file.name);
  }
  core::Outcome<std::vector<catalogs::Step>> restore(const catalogs::BackupSet&, const std::string&,
                                                     bool) const override {
    return core::fail(core::Errc::unsupported, "cannot restore");
  }
  core::Outcome<catalogs::FetchPlan> fetch_wal() const override {
    return core::fail(core::Errc::unsupported, "cannot fetch");
  }
  core::Outcome<catalogs::Step> backup(catalogs::BackupKind) const override {
    return core::fail(core::Errc::unsupported, "cannot back up");
  }
  std::string target() const override { return "memory"; }
};

class VerifierTest : public ::testing::Test {
 protected:
  VerifierTest() {
    EXPECT_TRUE(files.make_directories("/state"));
    kit.segment_bytes = wal.segment_bytes;
    while (wal.next < 11 * wal.segment_bytes) {
      wal.record(std::string(20 + wal.next / 8 % 300, 'v'));
      wal.commit(static_cast<std::uint32_t>(wal.next / 1000), static_cast<std::int64_t>(wal.next));
    }
    kit.set("A", 1, 2);
    archive(1, 10);
  }

  void archive(std::uint64_t first, std::uint64_t last) {
    for (auto number = first; number <= last; ++number) {
      kit.segment(number, 1, false);
      catalog.files[kit.name(number)] = wal.segments.at(number);
    }
  }
  catalogs::ArchivedFile& file(std::uint64_t number) {
    return *std::ranges::find(kit.listing.wal, kit.name(number), &catalogs::ArchivedFile::name);
  }

  Verifier& verifier() {
    if (!verifier_) verifier_ = std::make_unique<Verifier>(VerifierTools{clock, *pool, files}, settings);
    return *verifier_;
  }
  void restart() { verifier_.reset(); }

  template <class T>
  T run(core::Task<T> task) {
    std::optional<T> result;
    core::Task<void> storing = keep(std::move(task), result);
    async::Nursery nursery(loop.get_executor());
    nursery.start(std::move(storing));
    clock.settle();
    EXPECT_TRUE(result);
    return std::move(*result);
  }

  VerifierReport turn() {
    catalog.reads.clear();
    kit.listing.system_id = wal.system_id;
    const ChainReport chain = kit.walk();
    return run(verifier().turn(catalog, kit.listing, chain));
  }
  core::Outcome<> load() { return run(verifier().load()); }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  os::SimFiles files;
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  VerifierSettings settings{"/state/wal.memory", 100ULL << 20, std::chrono::seconds(10)};
  wal::WalKit wal;
  ListingKit kit;
  MemoryCatalog catalog;
  std::unique_ptr<Verifier> verifier_;
};

TEST_F(VerifierTest, ProvesAWholeChainAndReadsNothingTwice) {
  const VerifierReport report = turn();
  EXPECT_EQ(report.verified, 10u);
  EXPECT_EQ(report.unverified, 0u);
  EXPECT_TRUE(report.broken.empty()) << report.broken[0].fault.what;
  ASSERT_TRUE(report.checked);
  EXPECT_EQ(report.checked->segment, kit.name(10));
  EXPECT_GT(report.checked->lsn.value, 11 * wal.segment_bytes - 8192);
  ASSERT_TRUE(report.checked->last_commit);
  EXPECT_GT(report.checked->last_commit->lsn.value, 11 * wal.segment_bytes - 8192);
  EXPECT_EQ(catalog.reads.size(), 10u);
  EXPECT_TRUE(turn().checked);
  EXPECT_TRUE(catalog.reads.empty());
}

TEST_F(VerifierTest, ReadsTheNewestFirstWithinItsBudget) {
  settings.budget_bytes = 3 * wal.segment_bytes;
  const VerifierReport first = turn();
  EXPECT_EQ(catalog.reads, (std::vector{kit.name(10), kit.name(9), kit.name(8)}));
  EXPECT_FALSE(first.checked) << "the set's own beginning is unread";
  EXPECT_EQ(first.unverified, 7u);
  turn();
  turn();
  EXPECT_EQ(turn().checked->segment, kit.name(10));
}

TEST_F(VerifierTest, RemembersOverARestart) {
  turn();
  restart();
  ASSERT_TRUE(load());
  EXPECT_EQ(turn().verified, 10u);
  EXPECT_TRUE(catalog.reads.empty());
}

TEST_F(VerifierTest, SaysThatItsMemoryIsTornAndReadsAllAgain) {
  turn();
  files.corrupt(settings.memory_file, 60, '!');
  restart();
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, core::Errc::corrupt);
  EXPECT_EQ(turn().verified, 10u);
  EXPECT_EQ(catalog.reads.size(), 10u);
}

TEST_F(VerifierTest, ReadsAgainWhatChangedAndItsNeighboursOnce) {
  turn();
  file(5).stored += std::chrono::seconds(1);
  const VerifierReport changed = turn();
  EXPECT_EQ(changed.verified, 10u);
  EXPECT_EQ(changed.unverified, 0u);
  EXPECT_NE(std::ranges::find(catalog.reads, kit.name(5)), catalog.reads.end());
  EXPECT_LE(catalog.reads.size(), 3u);
  turn();
  EXPECT_EQ(turn().checked->segment, kit.name(10));
  EXPECT_TRUE(catalog.reads.empty());
}

TEST_F(VerifierTest, FindsTheFirstBrokenSegment) {
  for (const std::uint64_t number : {4u, 7u}) catalog.files[kit.name(number)][300'000] ^= 1;
  const VerifierReport report = turn();
  ASSERT_EQ(report.broken.size(), 2u);
  EXPECT_EQ(report.broken[0].segment, kit.name(4));
  EXPECT_THAT(report.broken[0].fault.what, HasSubstr("checksum is wrong"));
  EXPECT_EQ(report.checked->segment, kit.name(3));
  EXPECT_EQ(report.verified, 8u);
  catalog.reads.clear();
  turn();
  EXPECT_TRUE(catalog.reads.empty()) << "what is broken stays so until it changes";
  catalog.files[kit.name(4)] = wal.segments.at(4);
  file(4).stored += std::chrono::hours(1);
  EXPECT_EQ(turn().checked->segment, kit.name(6));
}

TEST_F(VerifierTest, FindsASegmentThatIsSoundAndDoesNotFollow) {
  wal::WalKit other;
  while (other.next < 7 * other.segment_bytes) other.record(std::string(120, 'o'));
  catalog.files[kit.name(6)] = other.segments.at(6);
  const VerifierReport report = turn();
  ASSERT_FALSE(report.broken.empty());
  EXPECT_EQ(report.broken[0].segment, kit.name(6));
  EXPECT_EQ(report.broken[0].fault.kind, wal::FaultKind::broken_joint);
  EXPECT_EQ(report.checked->segment, kit.name(5));
  EXPECT_EQ(turn().checked->segment, kit.name(5));
}

TEST_F(VerifierTest, LeavesUnknownWhatCannotBeRead) {
  catalog.troubles.emplace(kit.name(6), core::Error(core::Errc::unavailable, "cannot reach the store"));
  const VerifierReport report = turn();
  EXPECT_TRUE(report.broken.empty());
  EXPECT_EQ(report.unverified, 1u);
  EXPECT_EQ(report.checked->segment, kit.name(5));
  ASSERT_EQ(report.troubles.size(), 1u);
  EXPECT_THAT(report.troubles[0], HasSubstr("cannot reach the store"));
  catalog.troubles.clear();
  EXPECT_EQ(turn().checked->segment, kit.name(10));
}

TEST_F(VerifierTest, GoesOnWithNewSegmentsAndForgetsExpiredOnes) {
  turn();
  for (const std::uint64_t number : {1u, 2u, 3u}) kit.remove(kit.name(number));
  kit.listing.sets.clear();
  kit.set("B", 4, 5);
  wal.fill_until(14 * wal.segment_bytes);
  archive(11, 13);
  const VerifierReport report = turn();
  EXPECT_EQ(report.verified, 10u);
  EXPECT_EQ(report.checked->segment, kit.name(13));
  EXPECT_EQ(catalog.reads.size(), 3u);
}

TEST_F(VerifierTest, FollowsARecordThroughWholeSegmentsWhicheverIsReadFirst) {
  settings.budget_bytes = 1;  // one segment a turn
  wal.record(std::string(3 * wal.segment_bytes + 500, 'L'));
  wal.fill_until(17 * wal.segment_bytes);
  archive(11, 16);
  VerifierReport report;
  for (int i = 0; i < 17; ++i) report = turn();
  EXPECT_EQ(report.verified, 16u);
  EXPECT_TRUE(report.broken.empty());
  EXPECT_EQ(report.checked->segment, kit.name(16));
  // The same with the inside of that record flipped: told at its end.
  restart();
  ASSERT_TRUE(files.remove(settings.memory_file));
  catalog.files[kit.name(12)][500'000] ^= 1;
  for (int i = 0; i < 17; ++i) report = turn();
  ASSERT_FALSE(report.broken.empty());
  EXPECT_EQ(report.broken[0].fault.kind, wal::FaultKind::broken_joint);
  EXPECT_LT(report.checked->lsn.value, 12 * wal.segment_bytes);
}

TEST_F(VerifierTest, TellsTheSegmentSizeWhereItWasOnlyAssumed) {
  wal::WalKit large;
  large.segment_bytes = 4 << 20;
  large.next = large.segment_bytes;
  large.fill_until(2 * large.segment_bytes, 4000);
  ListingKit listed;
  listed.segment(1);
  catalog.files[listed.name(1)] = large.segments.at(1);
  const ChainReport chain = listed.walk();
  ASSERT_FALSE(chain.segment_bytes_known);
  const VerifierReport report = run(verifier().turn(catalog, listed.listing, chain));
  EXPECT_EQ(report.segment_bytes, large.segment_bytes);
  EXPECT_TRUE(report.broken.empty());
}

// Files are ruined, mended, lost and found again, and the agent is killed, in any order: in the end the
// verifier knows exactly what is broken, and has nothing more to read.
TEST_F(VerifierTest, KnowsInTheEndWhatIsBrokenWhateverHappened) {
  std::uint64_t state = 1;
  const auto below = [&](std::uint64_t bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % bound;
  };
  const auto pristine = catalog.files;
  const auto listed = kit.listing.wal;
  for (std::uint64_t round = 0; round < turns_of_chance(60); ++round) {
    catalog.files = pristine;
    kit.listing.wal = listed;
    settings.budget_bytes = (1 + below(4)) * wal.segment_bytes;
    restart();
    std::set<std::uint64_t> ruined;
    for (int step = 0; step < 25; ++step) {
      const std::uint64_t number = 1 + below(10);
      const bool is_listed =
          std::ranges::count(kit.listing.wal, kit.name(number), &catalogs::ArchivedFile::name) != 0;
      const std::uint64_t event = below(6);
      if (event == 0 && is_listed) {
        for (std::size_t i = 0; i < 16; ++i) catalog.files[kit.name(number)][300'000 + i] ^= 0x55;
        file(number).stored += std::chrono::seconds(1);
        if (!ruined.erase(number)) ruined.insert(number);
      } else if (event == 1) {
        if (is_listed)
          kit.remove(kit.name(number));
        else
          kit.listing.wal.push_back(listed[number - 1]);
        if (!is_listed && ruined.erase(number))
          catalog.files[kit.name(number)] = pristine.at(kit.name(number));
      } else if (event == 2) {
        restart();
        EXPECT_TRUE(load());
      }
      turn();
    }
    VerifierReport report = turn();
    for (int i = 0; i < 30 && !catalog.reads.empty(); ++i) report = turn();
    EXPECT_TRUE(catalog.reads.empty()) << "round " << round;
    EXPECT_EQ(report.unverified, 0u) << "round " << round;
    std::erase_if(ruined, [&](std::uint64_t number) {
      return std::ranges::count(kit.listing.wal, kit.name(number), &catalogs::ArchivedFile::name) == 0;
    });
    std::set<std::uint64_t> found;
    for (const BrokenLink& broken : report.broken) found.insert(broken.id.number);
    EXPECT_EQ(found, ruined) << "round " << round;
    std::uint64_t last = 0;
    while (last < 10 && !ruined.contains(last + 1) &&
           std::ranges::count(kit.listing.wal, kit.name(last + 1), &catalogs::ArchivedFile::name) != 0) {
      ++last;
    }
    EXPECT_EQ(report.sets.at(0).has_value(), last > 0) << "round " << round;
    if (last > 0) {
      EXPECT_EQ(report.sets.at(0)->segment, kit.name(last)) << "round " << round;
    }
  }
}

TEST_F(VerifierTest, ReadsTheHistoryOfTheNewestTimelineFromTheArchive) {
  const auto read = [&] { return run(read_newest_history(catalog, kit.listing, std::chrono::seconds(1))); };
  EXPECT_EQ(read().value(), wal::lone_timeline(1));
  kit.segment(11, 3);
  EXPECT_EQ(read().error().code, core::Errc::not_found);
  kit.file("00000003.history");
  catalog.files["00000003.history"] = "1\t0/A000100\tpromoted\n";
  EXPECT_EQ(read().value().end_of(1), wal::Lsn{0xA000100});
  catalog.files["00000003.history"] = "garbage";
  EXPECT_EQ(read().error().code, core::Errc::corrupt);
}

TEST_F(VerifierTest, SaysThatItCannotRemember) {
  files.faults.read_only = true;
  const VerifierReport report = turn();
  EXPECT_EQ(report.checked->segment, kit.name(10));
  ASSERT_EQ(report.troubles.size(), 1u);
  EXPECT_THAT(report.troubles[0], HasSubstr("cannot remember"));
}

}  // namespace
}  // namespace outrider::recovery
