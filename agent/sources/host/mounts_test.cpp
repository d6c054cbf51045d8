#include "agent/sources/host/mounts.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

// A server that is gone until it comes back.
struct DeadServer {
  std::mutex mutex;
  std::condition_variable back;
  bool is_gone = true;
  std::atomic<int> asked = 0;

  core::Outcome<os::Fullness> ask(const std::string& path) {
    if (path == "/dead") {
      ++asked;
      std::unique_lock lock(mutex);
      back.wait(lock, [this] { return !is_gone; });
    }
    return os::Fullness{path.size(), 0, 0, 0, 0};
  }
  void come_back() {
    const std::lock_guard lock(mutex);
    is_gone = false;
    back.notify_all();
  }
};

core::Task<void> look_once(host::MountWatch& watch, std::vector<os::Mount> mounts,
                           std::vector<host::MountSight>& sights) {
  sights = co_await watch.look(std::move(mounts), 200ms);
}

std::vector<std::uint64_t> sizes(const std::vector<host::MountSight>& sights) {
  std::vector<std::uint64_t> bytes;
  for (const auto& sight : sights) bytes.push_back(sight.fullness ? sight.fullness->bytes : 0);
  return bytes;
}

}  // namespace

TEST(MountWatch, OneDeadServerCostsItsOwnFigureOnlyAndOneThread) {
  const auto server = std::make_shared<DeadServer>();
  const auto calls = async::make_slow_calls(4);
  const auto clock = os::make_clock();
  host::MountWatch watch(*calls, *clock, [server](const std::string& path) { return server->ask(path); });
  const std::vector<os::Mount> mounts{{"a", "/", "ext4"}, {"nas:/x", "/dead", "nfs4"}, {"b", "/data", "xfs"}};
  boost::asio::io_context loop{1};
  std::vector<host::MountSight> sights;
  for (int time = 0; time < 3; ++time) {
    async::run_on_loop(loop, look_once(watch, mounts, sights));
    EXPECT_EQ(sizes(sights), (std::vector<std::uint64_t>{1, 0, 5})) << time;
  }
  EXPECT_EQ(server->asked, 1) << "it is not asked again while its call hangs";
  server->come_back();
  const core::Instant end = clock->now() + 10s;
  while (sizes(sights)[1] == 0 && clock->now() < end) {
    async::run_on_loop(loop, look_once(watch, mounts, sights));
  }
  EXPECT_EQ(sizes(sights), (std::vector<std::uint64_t>{1, 5, 5}));
}

TEST(MountWatch, LeavesOutWhatOnlyTheKernelMadeUp) {
  EXPECT_TRUE(host::is_ignored_type("tracefs"));
  EXPECT_TRUE(host::is_ignored_type("cgroup2"));
  EXPECT_FALSE(host::is_ignored_type("tmpfs"));
  EXPECT_TRUE(host::is_ignored_point("/dev/shm"));
  EXPECT_TRUE(host::is_ignored_point("/sys"));
  EXPECT_TRUE(host::is_ignored_point("/var/lib/docker/volumes"));
  EXPECT_FALSE(host::is_ignored_point("/var/lib/docker"));
  EXPECT_FALSE(host::is_ignored_point("/development"));
  EXPECT_FALSE(host::is_ignored_point("/"));
}
