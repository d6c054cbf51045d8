// Processors: what they did, how many wait for them, and what waiting cost.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <set>

namespace outrider::sources::host {
namespace {

constexpr double ticks_a_second = 100;  // USER_HZ: the same on each Linux that there is
constexpr std::size_t idle = 3, guest = 8, guest_nice = 9;
constexpr std::array<std::string_view, 8> modes{"user",   "nice", "system",  "idle",
                                                "iowait", "irq",  "softirq", "steal"};
// A step back of the idle time that is longer means that the processor was taken out and put in again.
constexpr double jump_back_seconds = 3;

void remember(std::array<double, 10>& before, const std::array<double, 10>& now) {
  if (before[idle] - now[idle] >= jump_back_seconds) before = {};
  for (std::size_t mode = 0; mode < now.size(); ++mode) before[mode] = std::max(before[mode], now[mode]);
}

void put_seconds(const Look& look, std::string_view stat) {
  const Place seconds = counter(look.out, "node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
  const Place guests = counter(look.out, "node_cpu_guest_seconds_total",
                               "Seconds the CPUs spent in guests (VMs) for each mode.");
  while (!stat.empty()) {
    std::string_view line = core::take_line(stat);
    if (!line.starts_with("cpu")) continue;
    const std::string_view cpu = os::take_word(line).substr(3);
    if (cpu.empty()) continue;  // the sum of all
    std::array<double, 10> now{};
    for (double& value : now) value = take_number(line) / ticks_a_second;
    auto& kept = look.remembered.cpu_seconds[std::string(cpu)];
    remember(kept, now);
    for (std::size_t mode = 0; mode < modes.size(); ++mode) {
      look.out.put(seconds, kept[mode], {{"cpu", cpu}, {"mode", modes[mode]}});
    }
    look.out.put(guests, kept[guest], {{"cpu", cpu}, {"mode", "user"}});
    look.out.put(guests, kept[guest_nice], {{"cpu", cpu}, {"mode", "nice"}});
  }
}

// How often a core or a package was slowed down for being too hot; virtual machines do not know.
void put_throttles(const Look& look) {
  const std::string processors = look.roots.in_sys("devices/system/cpu");
  std::set<std::pair<std::string, std::string>> seen;
  for (const std::string& name : os::names_in(processors)) {
    if (!name.starts_with("cpu") || !core::read_number<unsigned>(name.substr(3))) continue;
    const std::string folder = processors + "/" + name;
    const auto core_count = number_in(folder + "/thermal_throttle/core_throttle_count");
    const auto package_count = number_in(folder + "/thermal_throttle/package_throttle_count");
    if (!core_count && !package_count) continue;
    const std::string package = line_of(folder + "/topology/physical_package_id");
    const std::string core = line_of(folder + "/topology/core_id");
    if (package.empty() || core.empty()) continue;
    if (core_count && seen.emplace(package, core).second) {
      look.out.put(counter(look.out, "node_cpu_core_throttles_total",
                           "Number of times this CPU core has been throttled."),
                   *core_count, {{"core", core}, {"package", package}});
    }
    if (package_count && seen.emplace(package, "").second) {
      look.out.put(counter(look.out, "node_cpu_package_throttles_total",
                           "Number of times this CPU package has been throttled."),
                   *package_count, {{"package", package}});
    }
  }
}

}  // namespace

core::Outcome<> collect_cpu(const Look& look) {
  const core::Outcome<std::string> stat = os::read_virtual(look.roots.in_proc("stat"));
  if (!stat) return core::fail(stat.error());
  put_seconds(look, *stat);
  put_throttles(look);
  return {};
}

core::Outcome<> collect_stat(const Look& look) {
  const core::Outcome<std::string> stat = os::read_virtual(look.roots.in_proc("stat"));
  if (!stat) return core::fail(stat.error());
  struct Figure {
    std::string_view key, name, help;
    bool counts;
  };
  static constexpr std::array<Figure, 6> figures{{
      {"intr", "node_intr_total", "Total number of interrupts serviced.", true},
      {"ctxt", "node_context_switches_total", "Total number of context switches.", true},
      {"processes", "node_forks_total", "Total number of forks.", true},
      {"btime", "node_boot_time_seconds", "Node boot time, in unixtime.", false},
      {"procs_running", "node_procs_running", "Number of processes in runnable state.", false},
      {"procs_blocked", "node_procs_blocked", "Number of processes blocked waiting for I/O to complete.",
       false},
  }};
  std::string_view rest = *stat;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    const std::string_view key = os::take_word(line);
    for (const Figure& figure : figures) {
      if (figure.key != key) continue;
      const Place place = figure.counts ? counter(look.out, figure.name, figure.help)
                                        : gauge(look.out, figure.name, figure.help);
      look.out.put(place, take_number(line));
    }
  }
  return {};
}

// "cpu0 …": the last three of its numbers are nanoseconds run, nanoseconds waited, and turns.
core::Outcome<> collect_schedstat(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("schedstat"));
  if (!text) return core::fail(text.error());
  const Place running = counter(look.out, "node_schedstat_running_seconds_total",
                                "Number of seconds CPU spent running a process.");
  const Place waiting = counter(look.out, "node_schedstat_waiting_seconds_total",
                                "Number of seconds spent by processing waiting for this CPU.");
  const Place turns =
      counter(look.out, "node_schedstat_timeslices_total", "Number of timeslices executed by CPU.");
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    if (!line.starts_with("cpu")) continue;
    const std::string_view cpu = os::take_word(line).substr(3);
    for (int skipped = 0; skipped < 6; ++skipped) os::take_word(line);
    look.out.put(running, take_number(line) / 1e9, {{"cpu", cpu}});
    look.out.put(waiting, take_number(line) / 1e9, {{"cpu", cpu}});
    look.out.put(turns, take_number(line), {{"cpu", cpu}});
  }
  return {};
}

core::Outcome<> collect_loadavg(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("loadavg"));
  if (!text) return core::fail(text.error());
  std::string_view rest = *text;
  look.out.put(gauge(look.out, "node_load1", "1m load average."), take_number(rest));
  look.out.put(gauge(look.out, "node_load5", "5m load average."), take_number(rest));
  look.out.put(gauge(look.out, "node_load15", "15m load average."), take_number(rest));
  return {};
}

core::Outcome<> collect_pressure(const Look& look) {
  struct Figure {
    std::string_view file, line, name, help;
  };
  static constexpr std::array<Figure, 5> figures{{
      {"cpu", "some ", "node_pressure_cpu_waiting_seconds_total",
       "Total time in seconds that processes have waited for CPU time"},
      {"io", "some ", "node_pressure_io_waiting_seconds_total",
       "Total time in seconds that processes have waited due to IO congestion"},
      {"io", "full ", "node_pressure_io_stalled_seconds_total",
       "Total time in seconds no process could make progress due to IO congestion"},
      {"memory", "some ", "node_pressure_memory_waiting_seconds_total",
       "Total time in seconds that processes have waited for memory"},
      {"memory", "full ", "node_pressure_memory_stalled_seconds_total",
       "Total time in seconds no process could make progress due to memory congestion"},
  }};
  for (const Figure& figure : figures) {
    const auto text = os::read_virtual(look.roots.in_proc("pressure/" + std::string(figure.file)));
    if (!text) return core::fail(text.error());
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::string_view line = core::take_line(rest);
      const std::size_t total = line.find("total=");
      if (!line.starts_with(figure.line) || total == std::string_view::npos) continue;
      const auto microseconds = core::read_number<double>(line.substr(total + 6));
      look.out.put(counter(look.out, figure.name, figure.help), microseconds.value_or(0) / 1000.0 / 1000.0);
    }
  }
  return {};
}

}  // namespace outrider::sources::host
