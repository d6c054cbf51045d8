#include "agent/os/reading/process_use.hpp"

#include "agent/core/lines.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <fmt/core.h>

namespace outrider::os {
namespace {

// The fields behind the name, whose first is the third of all.
std::optional<std::vector<std::string_view>> fields_of(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::vector<std::string_view> fields = split(stat.substr(name_end + 1), ' ');
  if (fields.size() < 22) return std::nullopt;
  return fields;
}

core::Duration of_ticks(std::uint64_t ticks) {
  constexpr std::uint64_t a_second = 100;  // USER_HZ
  return std::chrono::nanoseconds(ticks * (1'000'000'000 / a_second));
}

void add_status(ProcessUse& use, std::string_view status) {
  use.swapped_bytes = number_after(status, "VmSwap").value_or(0) * 1024;
  use.voluntary_switches = number_after(status, "voluntary_ctxt_switches").value_or(0);
  use.involuntary_switches = number_after(status, "nonvoluntary_ctxt_switches").value_or(0);
}

}  // namespace

core::Outcome<ProcessUse> use_of(pid_t pid, const std::string& root) {
  const std::string folder = fmt::format("{}{}proc/{}/", root, root.ends_with('/') ? "" : "/", pid);
  const core::Outcome<std::string> stat = read_virtual(folder + "stat");
  if (!stat) return core::fail(stat.error());
  const auto facts = Proc::facts_in(*stat);
  const auto fields = fields_of(*stat);
  if (!facts || !fields) {
    return core::fail(core::Errc::corrupt,
                      "cannot read " + folder + "stat: not what the kernel writes there");
  }
  const auto number = [&fields](std::size_t field) { return whole_number((*fields)[field - 3]).value_or(0); };
  ProcessUse use;
  use.started_after_boot = facts->started_after_boot;
  use.state = facts->state;
  use.minor_faults = number(10);
  use.major_faults = number(12);
  use.user_time = of_ticks(number(14));
  use.system_time = of_ticks(number(15));
  use.threads = facts->threads;
  use.virtual_bytes = number(23);
  use.resident_bytes = facts->resident_bytes;
  if (const auto status = read_virtual(folder + "status")) add_status(use, *status);
  if (const auto io = read_virtual(folder + "io")) {
    use.read_bytes = number_after(*io, "read_bytes");
    use.written_bytes = number_after(*io, "write_bytes");
  }
  use.descriptors = count_in(folder + "fd");
  if (const auto limits = read_virtual(folder + "limits")) {
    use.most_descriptors = number_after(*limits, "Max open files");
  }
  return use;
}

}  // namespace outrider::os
