// The journal with everything real: files, clock, a pool of threads, and a scraper on a thread of its own.
// Under tsan this is the proof that the writer belongs to one job at a time.
#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/audit/journal.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

using namespace outrider;

namespace {

constexpr int writers = 8;
constexpr int rounds = 10;

core::Task<void> write_some(audit::Journal& journal, int& failed) {
  for (int round = 0; round < rounds; ++round) {
    core::Deed deed{"supervise", "restart", "tests-api", "it died"};
    const auto intent = co_await journal.intend(std::move(deed));
    if (!intent) {
      ++failed;
      continue;
    }
    std::string result = "executing";
    const auto concluded = co_await journal.conclude(*intent, true, std::move(result));
    if (!concluded) ++failed;
  }
}

core::Task<void> check_some(audit::Journal& journal, int& broken) {
  for (int round = 0; round < 3; ++round) {
    const auto report = co_await journal.check();
    if (!report || !report->intact()) ++broken;
  }
}

struct House {
  os::Scratch scratch;
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<os::Files> files = os::make_files();
  prometheus::Registry registry;
  os::CapturedLog log;
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(4);
  int failed = 0;
  int broken = 0;
};

core::Task<void> live(async::Executor river, House& house) {
  const audit::Tools tools{river, *house.clock, *house.pool, *house.files, house.registry, house.log};
  audit::Settings settings{house.scratch / "audit", 4096};  // small: files are rotated all the time
  auto journal = co_await audit::Journal::open(tools, std::move(settings));
  if (!journal) {
    ++house.failed;
    co_return;
  }
  async::Nursery nursery(river);
  for (int writer = 0; writer < writers; ++writer) nursery.start(write_some(**journal, house.failed));
  nursery.start(check_some(**journal, house.broken));
  co_await nursery.join();
  co_await (*journal)->settle();
}

}  // namespace

TEST(JournalThreads, ManyWritersAPoolAndAScraperLeaveOneWholeChain) {
  House house;
  std::atomic<bool> over = false;
  std::thread scraper([&] {
    while (!over) (void)house.registry.Collect();
  });
  async::run_here([&house](async::Executor river) { return live(std::move(river), house); },
                  [&house] { house.pool.reset(); });
  over = true;
  scraper.join();
  EXPECT_EQ(house.failed, 0) << house.log.text();
  EXPECT_EQ(house.broken, 0) << house.log.text();
  const auto report = audit::verify(*house.files, house.scratch / "audit");
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->intact()) << report->sentence();
  EXPECT_EQ(report->entries, static_cast<std::uint64_t>(writers * rounds * 2));
  EXPECT_GT(report->files, 1u);
}
