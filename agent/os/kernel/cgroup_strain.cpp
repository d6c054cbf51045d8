#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/os/cgroup.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <unistd.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

using Number = std::optional<std::uint64_t>;

std::string text_of(const std::string& directory, std::string_view file) {
  if (directory.empty()) return {};
  core::Outcome<std::string> text = read_virtual(fmt::format("{}/{}", directory, file));
  return text ? std::move(*text) : std::string();
}

std::optional<core::Duration> microseconds(Number count) {
  if (!count) return std::nullopt;
  return std::chrono::microseconds(static_cast<std::int64_t>(*count));
}

// In v1 processor time is told in ticks of a hundredth of a second.
std::optional<core::Duration> ticks(Number count) {
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*count) * 10);
}

// "some avg10=0.00 … total=3729035", then the same for "full".
GroupPressure pressure_in(const std::string& directory, std::string_view file) {
  GroupPressure pressure;
  const std::string text = text_of(directory, file);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = core::take_line(rest);
    const std::size_t total = line.find("total=");
    if (total == std::string_view::npos) continue;
    const auto waited = microseconds(core::read_number<std::uint64_t>(line.substr(total + 6)));
    (line.starts_with("some") ? pressure.some : pressure.all) = waited;
  }
  return pressure;
}

void add_memory_of_version_2(CgroupStrain& strain, const std::string& directory) {
  const std::string stat = text_of(directory, "memory.stat");
  strain.anonymous_bytes = number_after(stat, "anon");
  strain.file_bytes = number_after(stat, "file");
  strain.inactive_file_bytes = number_after(stat, "inactive_file");
  strain.swapped_bytes = whole_number(text_of(directory, "memory.swap.current"));
  strain.most_bytes = whole_number(text_of(directory, "memory.peak"));
  strain.limit_hits = number_after(text_of(directory, "memory.events"), "max");
}

void add_memory_of_version_1(CgroupStrain& strain, const std::string& directory) {
  const std::string stat = text_of(directory, "memory.stat");
  strain.anonymous_bytes = number_after(stat, "total_rss");
  strain.file_bytes = number_after(stat, "total_cache");
  strain.inactive_file_bytes = number_after(stat, "total_inactive_file");
  strain.swapped_bytes = number_after(stat, "total_swap");
  strain.most_bytes = whole_number(text_of(directory, "memory.max_usage_in_bytes"));
  strain.limit_hits = whole_number(text_of(directory, "memory.failcnt"));
}

}  // namespace

CgroupStrain Cgroup::strain() const {
  CgroupStrain strain;
  if (memory_version_ == 2) add_memory_of_version_2(strain, memory_);
  if (memory_version_ == 1) add_memory_of_version_1(strain, memory_);
  if (cpu_is_v2_) {
    const std::string stat = text_of(cpu_, "cpu.stat");
    strain.cpu_user = microseconds(number_after(stat, "user_usec"));
    strain.cpu_system = microseconds(number_after(stat, "system_usec"));
    const std::string limits = text_of(cpu_, "cpu.max");
    std::string_view rest = limits;
    strain.cpu_quota = microseconds(whole_number(take_word(rest)));
    strain.cpu_period = microseconds(whole_number(rest));
  } else {
    const std::string stat = text_of(cpu_accounting_, "cpuacct.stat");
    strain.cpu_user = ticks(number_after(stat, "user"));
    strain.cpu_system = ticks(number_after(stat, "system"));
    strain.cpu_quota = microseconds(whole_number(text_of(cpu_, "cpu.cfs_quota_us")));
    strain.cpu_period = microseconds(whole_number(text_of(cpu_, "cpu.cfs_period_us")));
  }
  strain.cpu = pressure_in(unified_, "cpu.pressure");
  strain.memory = pressure_in(unified_, "memory.pressure");
  strain.io = pressure_in(unified_, "io.pressure");
  return strain;
}

}  // namespace outrider::os
