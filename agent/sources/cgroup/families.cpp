#include "agent/core/seconds.hpp"
#include "agent/sources/cgroup/cgroup_source.hpp"

#include <optional>

namespace outrider::sources::cgroup {
namespace {

using telemetry::MetricType;

// Writes what there is: a value that the kernel does not tell is no series.
class Writer {
 public:
  Writer(telemetry::FamilyWriter& out, std::string_view id) : out_(out), id_(id) {}

  void gauge(std::string_view name, std::string_view help, std::optional<std::uint64_t> value) {
    if (value) put(name, MetricType::gauge, help, static_cast<double>(*value));
  }
  void counter(std::string_view name, std::string_view help, std::optional<std::uint64_t> value) {
    if (value) put(name, MetricType::counter, help, static_cast<double>(*value));
  }
  void seconds(std::string_view name, std::string_view help, std::optional<core::Duration> value) {
    if (value) put(name, MetricType::counter, help, core::to_seconds(*value));
  }
  void microseconds(std::string_view name, std::string_view help, std::optional<core::Duration> value) {
    if (value) put(name, MetricType::gauge, help, core::to_seconds(*value) * 1e6);
  }

 private:
  void put(std::string_view name, MetricType type, std::string_view help, double value) {
    out_.put(out_.family("container_" + std::string(name), type, help), value, {{"id", id_}});
  }

  telemetry::FamilyWriter& out_;
  std::string_view id_;
};

void put_processor(Writer& out, const os::CgroupFacts& facts, const os::CgroupStrain& strain) {
  out.seconds("cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.", facts.cpu_used);
  out.seconds("cpu_user_seconds_total", "Cumulative user cpu time consumed in seconds.", strain.cpu_user);
  out.seconds("cpu_system_seconds_total", "Cumulative system cpu time consumed in seconds.",
              strain.cpu_system);
  out.counter("cpu_cfs_periods_total", "Number of elapsed enforcement period intervals.", facts.cpu_periods);
  out.counter("cpu_cfs_throttled_periods_total", "Number of throttled period intervals.",
              facts.cpu_throttled_periods);
  out.seconds("cpu_cfs_throttled_seconds_total", "Total time duration the container has been throttled.",
              facts.cpu_throttled);
  out.microseconds("spec_cpu_quota", "CPU quota of the container.", strain.cpu_quota);
  out.microseconds("spec_cpu_period", "CPU period of the container.", strain.cpu_period);
}

void put_memory(Writer& out, const os::CgroupFacts& facts, const os::CgroupStrain& strain) {
  const auto& used = facts.memory_current_bytes;
  out.gauge("memory_usage_bytes",
            "Current memory usage in bytes, including all memory regardless of when it was accessed", used);
  if (used && strain.inactive_file_bytes) {
    const std::uint64_t working =
        *used > *strain.inactive_file_bytes ? *used - *strain.inactive_file_bytes : 0;
    out.gauge("memory_working_set_bytes", "Current working set in bytes.", working);
  }
  out.gauge("memory_rss", "Size of RSS in bytes.", strain.anonymous_bytes);
  out.gauge("memory_cache", "Number of bytes of page cache memory.", strain.file_bytes);
  out.gauge("memory_swap", "Container swap usage in bytes.", strain.swapped_bytes);
  out.gauge("memory_max_usage_bytes", "Maximum memory usage recorded in bytes", strain.most_bytes);
  out.counter("memory_failcnt", "Number of memory usage hits limits", strain.limit_hits);
  out.counter("oom_events_total", "Count of out of memory events observed for the container",
              facts.out_of_memory_kills);
  // cAdvisor's word for no limit is 0.
  if (used)
    out.gauge("spec_memory_limit_bytes", "Memory limit for the container.",
              facts.memory_limit_bytes.value_or(0));
}

void put_pressure(Writer& out, const os::CgroupStrain& strain) {
  out.seconds("pressure_cpu_waiting_seconds_total",
              "Total time duration tasks in the container have waited due to CPU congestion.",
              strain.cpu.some);
  out.seconds("pressure_cpu_stalled_seconds_total",
              "Total time duration no tasks in the container could make progress due to CPU congestion.",
              strain.cpu.all);
  out.seconds("pressure_memory_waiting_seconds_total",
              "Total time duration tasks in the container have waited due to memory congestion.",
              strain.memory.some);
  out.seconds("pressure_memory_stalled_seconds_total",
              "Total time duration no tasks in the container could make progress due to memory congestion.",
              strain.memory.all);
  out.seconds("pressure_io_waiting_seconds_total",
              "Total time duration tasks in the container have waited due to IO congestion.", strain.io.some);
  out.seconds("pressure_io_stalled_seconds_total",
              "Total time duration no tasks in the container could make progress due to IO congestion.",
              strain.io.all);
}

}  // namespace

void put_group(telemetry::FamilyWriter& writer, const os::Cgroup& group) {
  const os::CgroupFacts facts = group.facts();
  const os::CgroupStrain strain = group.strain();
  Writer out(writer, group.path());
  put_processor(out, facts, strain);
  put_memory(out, facts, strain);
  put_pressure(out, strain);
  out.gauge("threads", "Number of threads running inside the container", facts.pids_current);
  if (facts.pids_current) {
    out.gauge("threads_max",
              "Maximum number of threads allowed inside the container, infinity if value is zero",
              facts.pids_limit.value_or(0));
  }
}

}  // namespace outrider::sources::cgroup
