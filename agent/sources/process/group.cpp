#include "agent/core/seconds.hpp"
#include "agent/sources/process/process.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <algorithm>
#include <array>

namespace outrider::sources::process {
namespace {

using telemetry::FamilyWriter;
using telemetry::MetricType;

// What a counter of a process has grown by; from 0 where it is another process.
template <class Number>
Number grown(const Number& now, const Number& before) {
  return now > before ? now - before : Number{};
}

struct Held {
  std::uint64_t resident = 0, virtual_bytes = 0, swapped = 0, descriptors = 0, threads = 0;
  double worst_descriptor_share = 0;
  core::Duration oldest = core::Duration::max();
  std::array<double, 5> states{};  // in the order of state_names
};

constexpr std::array<std::string_view, 5> state_names{"Running", "Sleeping", "Waiting", "Zombie", "Other"};

std::size_t place_of(char state) {
  switch (state) {
    case 'R': return 0;
    case 'S': return 1;
    case 'D': return 2;
    case 'Z': return 3;
    default: return 4;
  }
}

Held held_by(const std::map<pid_t, os::ProcessUse>& members) {
  Held held;
  for (const auto& [pid, use] : members) {
    held.resident += use.resident_bytes;
    held.virtual_bytes += use.virtual_bytes;
    held.swapped += use.swapped_bytes;
    held.threads += use.threads;
    held.descriptors += use.descriptors.value_or(0);
    held.oldest = std::min(held.oldest, use.started_after_boot);
    ++held.states[place_of(use.state)];
    if (use.descriptors && use.most_descriptors && *use.most_descriptors > 0) {
      const double share = static_cast<double>(*use.descriptors) / static_cast<double>(*use.most_descriptors);
      held.worst_descriptor_share = std::max(held.worst_descriptor_share, share);
    }
  }
  return held;
}

class Writer {
 public:
  Writer(FamilyWriter& out, std::string_view group) : out_(out), group_(group) {}

  void gauge(std::string_view name, std::string_view help, double value, telemetry::LabelView more = {}) {
    put(name, MetricType::gauge, help, value, more);
  }
  void counter(std::string_view name, std::string_view help, double value, telemetry::LabelView more = {}) {
    put(name, MetricType::counter, help, value, more);
  }

 private:
  void put(std::string_view name, MetricType type, std::string_view help, double value,
           telemetry::LabelView more) {
    const auto place = out_.family("namedprocess_namegroup_" + std::string(name), type, help);
    if (more.name.empty()) {
      out_.put(place, value, {{"groupname", group_}});
    } else {
      out_.put(place, value, {{"groupname", group_}, more});
    }
  }

  FamilyWriter& out_;
  std::string_view group_;
};

void put_totals(Writer& out, const Group::Totals& totals) {
  const auto count = [](std::uint64_t value) { return static_cast<double>(value); };
  constexpr std::string_view cpu = "Cpu user usage in seconds";
  out.counter("cpu_seconds_total", cpu, core::to_seconds(totals.user_time), {"mode", "user"});
  out.counter("cpu_seconds_total", cpu, core::to_seconds(totals.system_time), {"mode", "system"});
  out.counter("read_bytes_total", "number of bytes read by this group", count(totals.read_bytes));
  out.counter("write_bytes_total", "number of bytes written by this group", count(totals.written_bytes));
  out.counter("major_page_faults_total", "Major page faults", count(totals.major_faults));
  out.counter("minor_page_faults_total", "Minor page faults", count(totals.minor_faults));
  constexpr std::string_view switches = "Context switches";
  out.counter("context_switches_total", switches, count(totals.voluntary_switches),
              {"ctxswitchtype", "voluntary"});
  out.counter("context_switches_total", switches, count(totals.involuntary_switches),
              {"ctxswitchtype", "nonvoluntary"});
}

}  // namespace

void Group::see(const std::vector<Seen>& members) {
  std::map<pid_t, os::ProcessUse> now;
  for (const auto& [pid, use] : members) {
    const auto known = members_.find(pid);
    const bool is_the_same =
        known != members_.end() && known->second.started_after_boot == use.started_after_boot;
    const os::ProcessUse before = is_the_same ? known->second : os::ProcessUse{};
    totals_.user_time += grown(use.user_time, before.user_time);
    totals_.system_time += grown(use.system_time, before.system_time);
    totals_.minor_faults += grown(use.minor_faults, before.minor_faults);
    totals_.major_faults += grown(use.major_faults, before.major_faults);
    totals_.read_bytes += grown(use.read_bytes.value_or(0), before.read_bytes.value_or(0));
    totals_.written_bytes += grown(use.written_bytes.value_or(0), before.written_bytes.value_or(0));
    totals_.voluntary_switches += grown(use.voluntary_switches, before.voluntary_switches);
    totals_.involuntary_switches += grown(use.involuntary_switches, before.involuntary_switches);
    now.emplace(pid, use);
  }
  members_ = std::move(now);
}

void put_group(FamilyWriter& writer, std::string_view name, const Group& group, core::WallTime boot) {
  Writer out(writer, name);
  const Held held = held_by(group.members());
  const auto count = [](std::uint64_t value) { return static_cast<double>(value); };
  out.gauge("num_procs", "number of processes in this group", count(group.members().size()));
  put_totals(out, group.totals());
  constexpr std::string_view memory = "number of bytes of memory in use";
  out.gauge("memory_bytes", memory, count(held.resident), {"memtype", "resident"});
  out.gauge("memory_bytes", memory, count(held.virtual_bytes), {"memtype", "virtual"});
  out.gauge("memory_bytes", memory, count(held.swapped), {"memtype", "swapped"});
  out.gauge("open_filedesc", "number of open file descriptors for this group", count(held.descriptors));
  out.gauge("worst_fd_ratio",
            "the worst (closest to 1) ratio between open fds and max fds among all procs in this group",
            held.worst_descriptor_share);
  out.gauge("num_threads", "Number of threads", count(held.threads));
  constexpr std::string_view states =
      "Number of processes in states Running, Sleeping, Waiting, Zombie, or Other";
  for (std::size_t state = 0; state < state_names.size(); ++state) {
    out.gauge("states", states, held.states[state], {"state", state_names[state]});
  }
  if (group.members().empty()) return;
  out.gauge("oldest_start_time_seconds", "start time in seconds since 1970/01/01 of oldest process in group",
            core::to_seconds(boot.time_since_epoch() + held.oldest));
}

}  // namespace outrider::sources::process
