#include "agent/sources/host/collectors/collectors.hpp"

namespace outrider::sources::host {
namespace {

constexpr std::array<Collector, 22> list{{
    {"arp", collect_arp},           {"conntrack", collect_conntrack},
    {"cpu", collect_cpu},           {"diskstats", collect_diskstats},
    {"entropy", collect_entropy},   {"filefd", collect_filefd},
    {"loadavg", collect_loadavg},   {"meminfo", collect_meminfo},
    {"netclass", collect_netclass}, {"netdev", collect_netdev},
    {"netstat", collect_netstat},   {"os", collect_os},
    {"pressure", collect_pressure}, {"schedstat", collect_schedstat},
    {"sockstat", collect_sockstat}, {"softnet", collect_softnet},
    {"stat", collect_stat},         {"time", collect_time},
    {"timex", collect_timex},       {"udp_queues", collect_udp_queues},
    {"uname", collect_uname},       {"vmstat", collect_vmstat},
}};

std::string below(const std::string& root, std::string_view path) {
  std::string whole = root;
  while (whole.ends_with('/')) whole.pop_back();
  if (!path.starts_with('/')) whole += '/';
  whole += path;
  return whole;
}

}  // namespace

std::span<const Collector> all_collectors() { return list; }

std::string Roots::in_proc(std::string_view path) const { return below(proc, path); }
std::string Roots::in_sys(std::string_view path) const { return below(sys, path); }
std::string Roots::in_root(std::string_view path) const { return below(root, path); }

}  // namespace outrider::sources::host
