#include "agent/cli/doctor/doctor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/text.hpp"
#include "agent/os/cgroup.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/facts.hpp"
#include "agent/os/notify.hpp"

#include <sys/stat.h>
#include <sys/timex.h>

#include <fmt/core.h>

namespace outrider::cli {
namespace {

using namespace std::chrono_literals;

Finding examine_kernel() {
  const std::string release = os::kernel_release();
  if (os::kernel_has_pidfd()) return {Health::ok, "kernel", release + " can watch children by pidfd", ""};
  return {Health::bad, "kernel", release + " has no pidfd, without which no child can be watched",
          "Linux 5.4 or later; in a sandbox, allow pidfd_open"};
}

Finding examine_descriptors() {
  const auto limit = os::open_files_limit();
  if (!limit) return {Health::unknown, "open files", limit.error().what, ""};
  if (limit->most < 1024) {
    return {Health::warn, "open files", fmt::format("at most {} files may be open", limit->most),
            "LimitNOFILE=65536 in the unit, or ulimit -n"};
  }
  return {Health::ok, "open files", fmt::format("{} may be open, {} when asked for", limit->now, limit->most),
          ""};
}

Finding examine_clock() {
  const auto clock = os::make_clock();
  const core::WallTime now = clock->wall();
  const core::WallTime earliest{1'735'689'600s};  // 2025: nothing older can be running this
  const core::WallTime latest{4'102'444'800s};    // 2100
  const std::string shown = core::show_time(now).substr(0, 19) + "Z";
  if (now < earliest || now > latest) {
    return {Health::bad, "clock", "it is " + shown + ", which cannot be",
            "set the clock, and keep it set with NTP"};
  }
  timex state{};
  const int synchronised = ::adjtimex(&state);
  if (synchronised < 0) return {Health::ok, "clock", "it is " + shown, ""};
  if (synchronised == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    return {Health::warn, "clock", "it is " + shown + ", and the kernel says that nothing keeps it right",
            "run chrony or systemd-timesyncd: events are ordered by this clock"};
  }
  return {Health::ok, "clock", "it is " + shown + ", kept right by NTP", ""};
}

Finding examine_cgroup() {
  const auto group = os::Cgroup::of();
  if (!group) {
    return {Health::warn, "cgroup", group.error().what,
            "without it a child that was killed for want of memory is not told from one that was killed"};
  }
  if (group->version() == 0) {
    return {Health::warn, "cgroup", "no memory controller is mounted",
            "without it a child that was killed for want of memory is not told from one that was killed"};
  }
  const auto limit = group->facts().memory_limit_bytes;
  return {Health::ok, "cgroup",
          fmt::format("version {}, {}", group->version(),
                      limit ? "memory limit " + core::show_bytes(*limit) : std::string("no memory limit")),
          ""};
}

Finding examine_place() {
  if (os::is_first_process()) {
    return {Health::ok, "process", "we are PID 1: orphans are reaped, signals passed on", ""};
  }
  return {Health::ok, "process", "not PID 1; runs as " + os::user_name(), ""};
}

Finding examine_service_manager() {
  const os::NotifySettings settings = os::notify_settings();
  if (settings.socket.empty()) {
    return {Health::ok, "service manager", "none waits for a word from us (no NOTIFY_SOCKET)", ""};
  }
  struct stat found{};
  if (settings.socket.starts_with('/') && ::stat(settings.socket.c_str(), &found) != 0) {
    return {Health::bad, "service manager", core::system_error("cannot find " + settings.socket).what,
            "start it through the unit, or unset NOTIFY_SOCKET"};
  }
  return {Health::ok, "service manager", "will be told through " + settings.socket, ""};
}

}  // namespace

std::vector<Finding> examine_machine() {
  return {examine_kernel(), examine_descriptors(), examine_clock(),
          examine_cgroup(), examine_place(),       examine_service_manager()};
}

}  // namespace outrider::cli
