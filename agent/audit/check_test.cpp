// The journal reads its own trail while it is written to, and is let go of only when the disk is.
#include "agent/async/nursery.hpp"
#include "agent/audit/journal.hpp"
#include "agent/audit/line.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <deque>
#include <functional>
#include <optional>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

const std::string directory = "/state/audit";
const std::string current = directory + "/audit.jsonl";

// Jobs wait until the test runs them: a disk as slow as it is told to be.
class HeldPool final : public async::Pool {
 public:
  void submit(std::function<void()> job) override { jobs.push_back(std::move(job)); }
  bool run_one() {
    if (jobs.empty()) return false;
    const std::function<void()> job = std::move(jobs.front());
    jobs.pop_front();
    job();
    return true;
  }
  std::deque<std::function<void()>> jobs;
};

class CheckTest : public testing::Test {
 protected:
  void SetUp() override {
    nursery.start(open());
    finish();
    ASSERT_TRUE(journal);
  }
  void TearDown() override {
    finish();
    EXPECT_EQ(nursery.size(), 0u);
  }

  core::Task<void> open() {
    const audit::Tools tools{loop.get_executor(), clock, pool, files, registry, log};
    audit::Settings settings{directory};
    auto opened = co_await audit::Journal::open(tools, std::move(settings));
    if (opened) journal = std::move(*opened);
  }
  core::Task<void> write() {
    core::Deed deed{"supervise", "restart", "tests-api", "it died"};
    const auto intent = co_await journal->intend(std::move(deed));
    if (intent) ++written;
  }
  core::Task<void> check() {
    auto found = co_await journal->check();
    if (found) report = std::move(*found);
  }
  core::Task<void> settle() {
    co_await journal->settle();
    settled = true;
  }

  void finish() {
    do clock.settle();
    while (pool.run_one());
  }
  std::string intact() {
    const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
    const std::string name = "\noutrider_audit_chain_intact ";
    return text.substr(text.find(name) + name.size(), 1);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  HeldPool pool;
  os::SimFiles files;
  prometheus::Registry registry;
  os::CapturedLog log;
  std::unique_ptr<audit::Journal> journal;
  async::Nursery nursery{loop.get_executor()};
  std::optional<audit::Report> report;
  int written = 0;
  bool settled = false;
};

}  // namespace

TEST_F(CheckTest, FindsAnIntactTrailIntact) {
  nursery.start(write());
  finish();
  nursery.start(check());
  finish();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->intact()) << report->sentence();
  EXPECT_EQ(report->entries, 1u);
  EXPECT_EQ(intact(), "1");
  EXPECT_EQ(journal->trouble(), "");
}

TEST_F(CheckTest, FindsWhatWasChangedWhileTheAgentRuns) {
  for (int i = 0; i < 3; ++i) nursery.start(write());
  finish();
  std::string text = *files.read_all(current, 1 << 20);
  text.replace(text.find("it died"), 7, "it sang");
  ASSERT_TRUE(files.replace(current, text));
  nursery.start(check());
  finish();
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->intact());
  EXPECT_EQ(intact(), "0");
  EXPECT_NE(journal->trouble().find("entry 1 was changed"), std::string::npos) << journal->trouble();
  nursery.start(check());
  finish();
  EXPECT_EQ(log.count(core::Level::error), 1u) << "told once";
}

TEST_F(CheckTest, KeepsNoWriterWaitingAndTakesNoHalfWrittenLineForAFault) {
  nursery.start(write());
  finish();
  nursery.start(check());
  nursery.start(write());
  clock.settle();
  ASSERT_EQ(pool.jobs.size(), 2u) << "the check, and the line beside it";
  // The line is on the disk, its head is not yet: as a reader in between would see it.
  std::swap(pool.jobs[0], pool.jobs[1]);
  finish();
  EXPECT_EQ(written, 2);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->intact()) << report->sentence();
  EXPECT_EQ(intact(), "1");
}

TEST_F(CheckTest, SettlingWaitsForTheDiskAndForEachLineBehindIt) {
  nursery.start(settle());
  clock.settle();
  EXPECT_TRUE(settled) << "nothing is under way";
  settled = false;
  nursery.start(write());
  clock.settle();
  nursery.start(write());
  nursery.start(settle());
  clock.settle();
  EXPECT_FALSE(settled) << "the first line is on its way, the second waits";
  ASSERT_TRUE(pool.run_one());
  clock.settle();
  EXPECT_FALSE(settled);
  EXPECT_EQ(written, 1);
  finish();
  EXPECT_TRUE(settled);
  EXPECT_EQ(written, 2);
  EXPECT_TRUE(pool.jobs.empty());
}
