// The one figure of this room that needs the real kernel: how soon a dead child is replaced, the audited
// intent on the disk included.
#include "agent/actuators/child/child.hpp"
#include "agent/async/nursery.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/random.hpp"
#include "agent/supervise/supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;

namespace {

// Writes and syncs a line as the audit trail does; the trail itself is another room.
class SyncedJournal final : public core::Journal {
 public:
  SyncedJournal(async::Pool& pool, std::unique_ptr<os::AppendFile> file)
      : pool_(pool), file_(std::move(file)) {}

  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override {
    auto work = [this, deed]() -> core::Outcome<> {
      if (auto written = file_->append(deed.reason + "\n"); !written) return written;
      return file_->sync();
    };
    const auto done = co_await async::offload(pool_, std::move(work));
    if (!done) co_return core::fail(done.error());
    co_return ++count_;
  }
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool, std::string) override {
    co_return core::Outcome<>();
  }

 private:
  async::Pool& pool_;
  std::unique_ptr<os::AppendFile> file_;
  std::uint64_t count_ = 0;
};

struct NoEvents final : core::EventSink {
  void record(core::EventKind, std::string, std::string) override {}
};

core::Task<void> keep(Supervisor& supervisor) { (void)co_await supervisor.run(); }

// The first restart of a child that is killed; how long nothing executed, as the metric says.
core::Task<void> measure(async::Executor river, const std::string& path, double& seconds) {
  const auto clock = os::make_clock();
  const auto random = os::make_random();
  const auto files = os::make_files();
  const auto pool = async::make_thread_pool(1);
  const auto processes = os::make_processes();
  auto file = files->open_append(path);
  if (!file) {
    ADD_FAILURE() << file.error().what;
    co_return;
  }
  SyncedJournal journal(*pool, std::move(*file));
  prometheus::Registry registry;
  NoEvents events;
  os::CapturedLog log;
  Options options;
  options.service = "sleeper";
  options.judged = false;
  options.settings.stop_timeout = 2s;
  const actuators::Tools actuator_tools{*clock, *processes};
  std::vector<std::string> argv{"/bin/sleep", "1000"};
  auto actuator = actuators::child::make_child(actuator_tools, std::move(argv), {});
  const Tools tools{river, *clock, *random, registry, journal, events, log};
  Supervisor supervisor(options, std::move(actuator), tools, {});
  async::Nursery nursery(river);
  nursery.start(keep(supervisor));
  while (supervisor.status().phase != "running") co_await clock->sleep(5ms);
  supervisor.forward_signal(SIGKILL);
  for (int i = 0; i < 1000 && supervisor.status().restarts_total == 0; ++i) co_await clock->sleep(5ms);
  EXPECT_EQ(supervisor.status().restarts_total, 1u);
  for (const auto& family : registry.Collect())
    if (family.name == "outrider_supervise_recovery_seconds")
      seconds = family.metric.at(0).histogram.sample_sum;
  nursery.cancel();
  co_await nursery.join();
}

}  // namespace

TEST(Recovery, AKilledChildIsReplacedWithinTwentyMilliseconds) {
  const std::string path = testing::TempDir() + "outrider-recovery-" + std::to_string(::getpid());
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    double seconds = 1e9;
    async::run_here([&](async::Executor river) { return measure(river, path, seconds); });
    RecordProperty("seconds_" + std::to_string(i), std::to_string(seconds));
    std::printf("recovery: %.2f ms\n", seconds * 1e3);
    best = std::min(best, seconds);
  }
  (void)os::make_files()->remove(path);
  // The best of five: a busy machine makes single runs slow, a slow design makes all of them slow.
  EXPECT_LE(best, 0.020);
}
