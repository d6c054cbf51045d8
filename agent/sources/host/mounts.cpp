#include "agent/sources/host/mounts.hpp"

#include "agent/sources/host/collectors/reading.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <tuple>
#include <utility>

namespace outrider::sources::host {
namespace {

constexpr auto ignored_types = std::to_array<std::string_view>(
    {"autofs",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs", "debugfs", "devpts",
     "devtmpfs", "fusectl",     "hugetlbfs",  "iso9660",    "mqueue",    "nsfs",     "overlay", "proc",
     "procfs",   "pstore",      "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs",   "tracefs"});

// The path itself, or something below it.
bool is_in(std::string_view point, std::string_view path) {
  return point.starts_with(path) && (point.size() == path.size() || point[path.size()] == '/');
}

}  // namespace

bool is_ignored_type(std::string_view type) {
  return std::ranges::find(ignored_types, type) != ignored_types.end();
}

bool is_ignored_point(std::string_view point) {
  constexpr std::array<std::string_view, 3> trees{"/dev", "/proc", "/sys"};
  constexpr std::array<std::string_view, 3> parents{"/run/credentials/", "/var/lib/docker/",
                                                    "/var/lib/containers/storage/"};
  return std::ranges::any_of(trees, [&](std::string_view tree) { return is_in(point, tree); }) ||
         std::ranges::any_of(parents, [&](std::string_view parent) {
           return point.size() > parent.size() && point.starts_with(parent);
         });
}

// Shared by the river, which waits for a while, and the thread that asks, which may never come back. What
// stands before `asking` is the thread's no more.
struct MountWatch::Walk {
  AskMount ask;
  std::vector<std::string> points;
  std::vector<std::optional<os::Fullness>> answers;
  std::atomic<std::size_t> asking = 0;
  std::atomic<bool> is_abandoned = false;
  std::atomic<bool> has_ended = false;

  void run() {
    for (std::size_t at = 0; at < points.size() && !is_abandoned; ++at) {
      if (auto answer = ask(points[at])) answers[at] = *answer;
      asking.store(at + 1, std::memory_order_release);
    }
    has_ended = true;
  }
};

MountWatch::MountWatch(async::SlowCalls& calls, core::Clock& clock, AskMount ask)
    : calls_(calls), clock_(clock), ask_(std::move(ask)) {}

core::Task<std::size_t> MountWatch::walk(const std::vector<os::Mount>& mounts,
                                         const std::vector<std::size_t>& due, core::Duration limit,
                                         std::vector<MountSight>& sights) {
  const auto walk = std::make_shared<Walk>();
  walk->ask = ask_;
  for (const std::size_t at : due) walk->points.push_back(mounts[at].point);
  walk->answers.resize(due.size());
  async::SlowCall<bool> call(calls_, clock_, "how full the file systems are");
  std::function<core::Outcome<bool>()> work = [walk]() -> core::Outcome<bool> {
    walk->run();
    return true;
  };
  const core::Outcome<bool> ended = co_await call.ask(std::move(work), limit);
  const std::size_t answered = ended ? due.size() : walk->asking.load(std::memory_order_acquire);
  for (std::size_t at = 0; at < answered; ++at) sights[due[at]].fullness = walk->answers[at];
  if (ended) co_return due.size();
  if (ended.error().code == core::Errc::exhausted) co_return due.size();  // so much hangs that nobody asks
  walk->is_abandoned = true;
  if (answered < due.size()) hanging_[mounts[due[answered]].point] = walk;
  co_return std::min(answered + 1, due.size());
}

core::Task<std::vector<MountSight>> MountWatch::look(std::vector<os::Mount> mounts, core::Duration limit) {
  std::erase_if(hanging_, [](const auto& hanging) { return hanging.second->has_ended.load(); });
  std::vector<MountSight> sights;
  std::vector<std::size_t> due;
  for (const os::Mount& mount : mounts) {
    if (!hanging_.contains(mount.point)) due.push_back(sights.size());
    sights.push_back({mount, std::nullopt});
  }
  const core::Instant end = clock_.now() + limit;
  while (!due.empty() && clock_.now() < end) {
    const std::size_t done = co_await walk(mounts, due, limit / 2, sights);
    due.erase(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(done));
  }
  co_return sights;
}

void put_mounts(telemetry::FamilyWriter& out, const std::vector<MountSight>& sights) {
  const Place error = gauge(out, "node_filesystem_device_error",
                            "Whether an error occurred while getting statistics for the given device.");
  const Place size = gauge(out, "node_filesystem_size_bytes", "Filesystem size in bytes.");
  const Place free = gauge(out, "node_filesystem_free_bytes", "Filesystem free space in bytes.");
  const Place available =
      gauge(out, "node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.");
  const Place files = gauge(out, "node_filesystem_files", "Filesystem total file nodes.");
  const Place free_files = gauge(out, "node_filesystem_files_free", "Filesystem total free file nodes.");
  const Place read_only = gauge(out, "node_filesystem_readonly", "Filesystem read-only status.");
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
  for (const auto& [mount, fullness] : sights) {
    // Mounted over itself: both entries tell of the upper one.
    if (!seen.emplace(mount.device, mount.point, mount.type).second) continue;
    const auto put = [&, &mount = mount](Place family, double value) {
      out.put(family, value, {{"device", mount.device}, {"fstype", mount.type}, {"mountpoint", mount.point}});
    };
    put(error, fullness ? 0 : 1);
    if (!fullness) continue;
    put(size, static_cast<double>(fullness->bytes));
    put(free, static_cast<double>(fullness->free_bytes));
    put(available, static_cast<double>(fullness->available_bytes));
    put(files, static_cast<double>(fullness->files));
    put(free_files, static_cast<double>(fullness->free_files));
    put(read_only, mount.read_only ? 1 : 0);
  }
}

}  // namespace outrider::sources::host
