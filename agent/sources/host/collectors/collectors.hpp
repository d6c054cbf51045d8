// What there is to read of a machine, in the families of node_exporter 1.5: the same names, types, help and
// labels, so that what was drawn for it shows this. File systems are apart (host/mounts.hpp): they may hang.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace outrider::sources::host {

// Where the machine's own trees are seen from here: in a container the host's may be mounted elsewhere.
struct Roots {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string root = "/";

  std::string in_proc(std::string_view path) const;
  std::string in_sys(std::string_view path) const;
  std::string in_root(std::string_view path) const;  // of an absolute path
};

// What is remembered from look to look.
struct Remembered {
  // The kernel's idle and iowait times may go back a little, and a counter must not.
  std::map<std::string, std::array<double, 10>, std::less<>> cpu_seconds;
};

struct Look {
  const Roots& roots;
  telemetry::FamilyWriter& out;
  Remembered& remembered;
  core::WallTime now;
};

struct Collector {
  std::string_view name;
  // An error means that it has nothing to say: no such thing in this kernel, or nothing that we may read.
  core::Outcome<> (*collect)(const Look& look);
};

std::span<const Collector> all_collectors();

// Each of them, one folder's file a group.
core::Outcome<> collect_cpu(const Look& look);
core::Outcome<> collect_stat(const Look& look);
core::Outcome<> collect_loadavg(const Look& look);
core::Outcome<> collect_pressure(const Look& look);
core::Outcome<> collect_meminfo(const Look& look);
core::Outcome<> collect_vmstat(const Look& look);
core::Outcome<> collect_diskstats(const Look& look);
core::Outcome<> collect_schedstat(const Look& look);
core::Outcome<> collect_netdev(const Look& look);
core::Outcome<> collect_netstat(const Look& look);
core::Outcome<> collect_sockstat(const Look& look);
core::Outcome<> collect_conntrack(const Look& look);
core::Outcome<> collect_netclass(const Look& look);
core::Outcome<> collect_arp(const Look& look);
core::Outcome<> collect_softnet(const Look& look);
core::Outcome<> collect_udp_queues(const Look& look);
core::Outcome<> collect_filefd(const Look& look);
core::Outcome<> collect_entropy(const Look& look);
core::Outcome<> collect_uname(const Look& look);
core::Outcome<> collect_os(const Look& look);
core::Outcome<> collect_time(const Look& look);
core::Outcome<> collect_timex(const Look& look);

}  // namespace outrider::sources::host
