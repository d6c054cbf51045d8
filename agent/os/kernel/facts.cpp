#include "agent/os/facts.hpp"

#include <algorithm>
#include <array>

#include <pwd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/core.h>

namespace outrider::os {

std::string host_name() {
  utsname names{};
  return ::uname(&names) == 0 && names.nodename[0] != '\0' ? names.nodename : "localhost";
}

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "unknown";
}

core::Outcome<Limit> open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return core::fail(core::system_error("cannot read the limit of open files"));
  }
  return Limit{limit.rlim_cur, limit.rlim_max};
}

core::Outcome<std::uint64_t> raise_open_files_limit(std::uint64_t wanted) {
  const core::Outcome<Limit> limit = open_files_limit();
  if (!limit) return core::fail(limit.error());
  const std::uint64_t reachable = std::min(wanted, limit->most);
  if (reachable <= limit->now) return limit->now;
  const rlimit raised{.rlim_cur = reachable, .rlim_max = limit->most};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    return core::fail(core::system_error("cannot raise the limit of open files"));
  }
  return reachable;
}

bool kernel_has_pidfd() {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
  if (descriptor >= 0) ::close(descriptor);
  return descriptor >= 0;
}

bool is_first_process() { return ::getpid() == 1; }

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

std::string user_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const bool known =
      ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return known ? entry.pw_name : fmt::format("uid {}", ::geteuid());
}

}  // namespace outrider::os
