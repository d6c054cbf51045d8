// What the control group of a process allows it and has counted, read from cgroup v2, v1, or both mounted.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

// A value that the kernel does not offer here, or that has no limit, is absent.
struct CgroupFacts {
  std::optional<std::uint64_t> memory_current_bytes;
  std::optional<std::uint64_t> memory_limit_bytes;
  std::optional<std::uint64_t> out_of_memory_kills;
  std::optional<core::Duration> cpu_used;
  std::optional<double> cpu_limit_cores;
  std::optional<std::uint64_t> cpu_periods;
  std::optional<std::uint64_t> cpu_throttled_periods;
  std::optional<core::Duration> cpu_throttled;
  std::optional<std::uint64_t> pids_current;
  std::optional<std::uint64_t> pids_limit;
};

// Time in which some, or all, of its processes waited.
struct GroupPressure {
  std::optional<core::Duration> some, all;
};

// What its memory is made of, what it has wanted and not got, and what it has waited for. More files to read.
struct CgroupStrain {
  std::optional<std::uint64_t> anonymous_bytes;
  std::optional<std::uint64_t> file_bytes;           // of the page cache
  std::optional<std::uint64_t> inactive_file_bytes;  // of it, what the kernel takes back first
  std::optional<std::uint64_t> swapped_bytes;
  std::optional<std::uint64_t> most_bytes;  // that it ever had
  std::optional<std::uint64_t> limit_hits;  // how often it met its limit
  std::optional<core::Duration> cpu_user, cpu_system;
  std::optional<core::Duration> cpu_quota, cpu_period;
  GroupPressure cpu, memory, io;  // absent in v1
};

class Cgroup {
 public:
  // The group that `pid` (0: we) is in now. `root` is where proc/ and sys/fs/cgroup are found.
  static core::Outcome<Cgroup> of(pid_t pid = 0, const std::string& root = "/");

  int version() const { return memory_version_; }    // 1 or 2, of the memory controller; 0: none
  const std::string& path() const { return path_; }  // of the memory controller, as the kernel names it

  CgroupFacts facts() const;
  CgroupStrain strain() const;

  // How many processes of this group the kernel has killed for want of memory, ever.
  std::optional<std::uint64_t> out_of_memory_kills() const;

 private:
  void use_unified(const std::vector<std::string>& mounts, const std::string& path);
  void use_controller(std::string_view name, const std::vector<std::string>& mounts, const std::string& path);

  int memory_version_ = 0;
  std::string path_;
  std::string memory_;  // directories; empty: not mounted
  std::string cpu_;
  std::string cpu_accounting_;
  std::string pids_;
  std::string unified_;  // its folder in v2's tree, where pressure is told also when v1 has the controllers
  bool cpu_is_v2_ = false;
};

}  // namespace outrider::os
