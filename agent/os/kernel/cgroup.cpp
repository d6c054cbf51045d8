#include "agent/os/cgroup.hpp"

#include "agent/os/reading/virtual_file.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace outrider::os {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

// In a container without a cgroup namespace the kernel names the path as the host sees it, while only our own
// part of the tree is mounted: then that mount is our group.
std::string first_directory(const std::vector<std::string>& hierarchies, const std::string& path,
                            std::string_view must_have) {
  for (const std::string& hierarchy : hierarchies) {
    for (const std::string& candidate : {hierarchy + path, hierarchy}) {
      std::error_code trouble;
      if (std::filesystem::exists(fmt::format("{}/{}", candidate, must_have), trouble)) return candidate;
    }
  }
  return {};
}

std::optional<std::uint64_t> number_in(const std::string& directory, std::string_view file) {
  if (directory.empty()) return std::nullopt;
  const core::Outcome<std::string> text = read_virtual(fmt::format("{}/{}", directory, file));
  return text ? whole_number(*text) : std::nullopt;  // "max" is no number: no limit
}

std::optional<std::uint64_t> number_in(const std::string& directory, std::string_view file,
                                       std::string_view name) {
  if (directory.empty()) return std::nullopt;
  const core::Outcome<std::string> text = read_virtual(fmt::format("{}/{}", directory, file));
  return text ? number_after(*text, name) : std::nullopt;
}

template <class Unit>
std::optional<core::Duration> as_duration(std::optional<std::uint64_t> count) {
  if (!count) return std::nullopt;
  return Unit(static_cast<std::int64_t>(*count));
}

// cpu.max: "150000 100000", or "max 100000".
std::optional<double> cores_of_cpu_max(const std::string& directory) {
  const core::Outcome<std::string> text = read_virtual(directory + "/cpu.max");
  if (!text) return std::nullopt;
  const auto words = split(*text, ' ');
  if (words.size() != 2) return std::nullopt;
  const auto quota = whole_number(words[0]);
  const auto period = whole_number(words[1]);
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// cpu.cfs_quota_us is -1, which is no whole number, without a limit.
std::optional<double> cores_of_quota(const std::string& directory) {
  const auto quota = number_in(directory, "cpu.cfs_quota_us");
  const auto period = number_in(directory, "cpu.cfs_period_us");
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// v1 says "no limit" as the largest multiple of a page that fits 63 bits.
std::optional<std::uint64_t> unless_unlimited(std::optional<std::uint64_t> bytes) {
  return bytes && *bytes < (std::uint64_t{1} << 62) ? bytes : std::nullopt;
}

}  // namespace

core::Outcome<Cgroup> Cgroup::of(pid_t pid, const std::string& root) {
  const std::string base = root.ends_with('/') ? root : root + "/";
  const core::Outcome<std::string> text =
      read_virtual(fmt::format("{}proc/{}/cgroup", base, pid == 0 ? "self" : std::to_string(pid)));
  if (!text) return core::fail("cannot find the control group", text.error());
  const std::string mounts = base + "sys/fs/cgroup";
  Cgroup group;
  for (const std::string_view line : split(*text, '\n')) {  // "4:memory:/a", "3:cpu,cpuacct:/a", "0::/a"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1) == "/" ? std::string_view() : line.substr(second + 1));
    if (names.empty()) {
      group.use_unified({mounts, mounts + "/unified"}, path);
      continue;
    }
    for (const std::string_view name : split(names, ',')) {
      group.use_controller(name, {fmt::format("{}/{}", mounts, name), fmt::format("{}/{}", mounts, names)},
                           path);
    }
  }
  return group;
}

// With both mounted a controller is in one of them only; v1's files decide where they are there.
void Cgroup::use_unified(const std::vector<std::string>& mounts, const std::string& path) {
  if (memory_.empty()) {
    memory_ = first_directory(mounts, path, "memory.events");
    if (!memory_.empty()) {
      memory_version_ = 2;
      path_ = path.empty() ? "/" : path;
    }
  }
  if (cpu_.empty()) {
    cpu_ = first_directory(mounts, path, "cpu.stat");
    cpu_is_v2_ = !cpu_.empty();
  }
  if (pids_.empty()) pids_ = first_directory(mounts, path, "pids.current");
  unified_ = first_directory(mounts, path, "cpu.pressure");
}

void Cgroup::use_controller(std::string_view name, const std::vector<std::string>& mounts,
                            const std::string& path) {
  if (name == "memory") {
    memory_ = first_directory(mounts, path, "memory.oom_control");
    memory_version_ = memory_.empty() ? 0 : 1;
    path_ = path.empty() ? "/" : path;
  } else if (name == "cpu") {
    cpu_ = first_directory(mounts, path, "cpu.stat");
    cpu_is_v2_ = false;
  } else if (name == "cpuacct") {
    cpu_accounting_ = first_directory(mounts, path, "cpuacct.usage");
  } else if (name == "pids") {
    pids_ = first_directory(mounts, path, "pids.current");
  }
}

std::optional<std::uint64_t> Cgroup::out_of_memory_kills() const {
  return number_in(memory_, memory_version_ == 2 ? "memory.events" : "memory.oom_control", "oom_kill");
}

CgroupFacts Cgroup::facts() const {
  CgroupFacts facts;
  const bool memory_is_v2 = memory_version_ == 2;
  facts.memory_current_bytes = number_in(memory_, memory_is_v2 ? "memory.current" : "memory.usage_in_bytes");
  facts.memory_limit_bytes =
      unless_unlimited(number_in(memory_, memory_is_v2 ? "memory.max" : "memory.limit_in_bytes"));
  facts.out_of_memory_kills = out_of_memory_kills();
  facts.cpu_periods = number_in(cpu_, "cpu.stat", "nr_periods");
  facts.cpu_throttled_periods = number_in(cpu_, "cpu.stat", "nr_throttled");
  if (cpu_is_v2_) {
    facts.cpu_used = as_duration<microseconds>(number_in(cpu_, "cpu.stat", "usage_usec"));
    facts.cpu_throttled = as_duration<microseconds>(number_in(cpu_, "cpu.stat", "throttled_usec"));
    facts.cpu_limit_cores = cores_of_cpu_max(cpu_);
  } else {
    facts.cpu_used = as_duration<nanoseconds>(number_in(cpu_accounting_, "cpuacct.usage"));
    facts.cpu_throttled = as_duration<nanoseconds>(number_in(cpu_, "cpu.stat", "throttled_time"));
    if (!cpu_.empty()) facts.cpu_limit_cores = cores_of_quota(cpu_);
  }
  facts.pids_current = number_in(pids_, "pids.current");
  facts.pids_limit = number_in(pids_, "pids.max");
  return facts;
}

}  // namespace outrider::os
