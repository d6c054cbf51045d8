// clone() with CLONE_VM and CLONE_VFORK, as posix_spawn does: the child borrows our memory until it executes,
// so a start costs the same however large we are, and an error number comes back exactly, through that
// memory. Our thread stands still meanwhile. posix_spawn itself can neither give a pidfd without a race nor
// set PR_SET_PDEATHSIG nor say which step failed.
#include "agent/os/starting/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <linux/close_range.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fmt/core.h>

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer takes every clone() for a fork, and would do in our memory what it does in a fork's copy:
// its locks are let go twice, and no thread may start any more. This is the same function, not intercepted.
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);
#endif

namespace outrider::os {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr auto& bare_clone = ::__clone;
#else
constexpr auto& bare_clone = ::clone;
#endif

enum class Step { nothing_failed, group, network, streams, directory, record, program };

// To leave the network: who is who in a user namespace that holds nobody but us, and the loopback to raise.
// Plain memory, as all that the child reads.
struct Leaving {
  struct Map {
    char text[32] = {};
    std::size_t bytes = 0;
    explicit Map(unsigned id) { bytes = fmt::format_to_n(text, sizeof text, "{0} {0} 1\n", id).size; }
  };
  Map user{::geteuid()};
  Map group{::getegid()};
  ifreq loopback{};

  Leaving() {
    std::memcpy(loopback.ifr_name, "lo", sizeof "lo");
    loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  }
};

// All that the child needs, made before it exists: it may not allocate.
struct Orders {
  const char* const* candidates;  // paths to try, null at the end
  char* const* argv;
  char* const* environment;
  const char* directory;  // or null
  int streams[3];         // -1: leave
  int record;             // -1: nowhere
  bool die_with_agent;
  pid_t agent;
  const Leaving* leaving;  // or null
  volatile Step failed_step;
  volatile int error_number;
};

__attribute__((no_sanitize("address", "undefined", "thread"))) int give_up(Orders& orders, Step step,
                                                                           int error_number) {
  orders.error_number = error_number;
  orders.failed_step = step;
  return 127;
}

// Nobody else's handler may run in the child, and what we ignore it need not ignore.
__attribute__((no_sanitize("address", "undefined", "thread"))) void reset_signals() {
  const unsigned long long default_action[4] = {0, 0, 0, 0};  // the kernel's own layout: all zero is SIG_DFL
  for (int number = 1; number <= 64; ++number) {
    ::syscall(SYS_rt_sigaction, number, default_action, nullptr, 8);
  }
  const unsigned long long none = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8);
}

// As execvp: a candidate that is not there, or not ours to run, does not stop the search.
__attribute__((no_sanitize("address", "undefined", "thread"))) int execute_first(const Orders& orders) {
  int error_number = ENOENT;
  for (const char* const* path = orders.candidates; *path != nullptr; ++path) {
    ::syscall(SYS_execve, *path, orders.argv, orders.environment);
    const int why = errno;
    if (why != ENOENT && why != ENOTDIR && why != EACCES) return why;
    if (error_number == ENOENT) error_number = why;
  }
  return error_number;
}

__attribute__((no_sanitize("address", "undefined", "thread"))) int tell_kernel(const char* path,
                                                                               const char* text,
                                                                               std::size_t bytes) {
  const long file = ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const int why = ::syscall(SYS_write, file, text, bytes) < 0 ? errno : 0;
  ::syscall(SYS_close, file);
  return why;
}

// Who may not make a network namespace may make a user namespace first, in which he may, and in which files
// still belong to whom they belong. 0, or why not.
__attribute__((no_sanitize("address", "undefined", "thread"))) int leave_network(const Leaving& leaving) {
  if (::syscall(SYS_unshare, CLONE_NEWNET) != 0) {
    if (errno != EPERM) return errno;
    if (::syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNET) != 0) return errno;
    if (const int why = tell_kernel("/proc/self/setgroups", "deny", 4); why != 0) return why;
    int why = tell_kernel("/proc/self/uid_map", leaving.user.text, leaving.user.bytes);
    if (why == 0) why = tell_kernel("/proc/self/gid_map", leaving.group.text, leaving.group.bytes);
    if (why != 0) return why;
  }
  // For what talks to itself over it; without, all else is as well.
  const long loopback = ::syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (loopback >= 0) {
    ::syscall(SYS_ioctl, loopback, SIOCSIFFLAGS, &leaving.loopback);
    ::syscall(SYS_close, loopback);
  }
  return 0;
}

// 0, or why not.
__attribute__((no_sanitize("address", "undefined", "thread"))) int write_down_who_we_are(int record) {
  const long file = ::syscall(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  char text[1024];
  const long bytes = ::syscall(SYS_read, file, text, sizeof text);
  ::syscall(SYS_close, file);
  if (bytes <= 0 || ::syscall(SYS_write, record, text, bytes) != bytes) return EIO;
  return 0;
}

// Runs in the child on a stack of its own, in our memory. Bare system calls only: a sanitizer's or libc's
// book-keeping would be ours, and wrong.
__attribute__((no_sanitize("address", "undefined", "thread"))) int run_child(void* argument) {
  Orders& orders = *static_cast<Orders*>(argument);
  if (::syscall(SYS_setpgid, 0, 0) != 0) return give_up(orders, Step::group, errno);
  if (orders.leaving != nullptr) {
    if (const int why = leave_network(*orders.leaving); why != 0) return give_up(orders, Step::network, why);
  }
  if (orders.die_with_agent) {
    ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::syscall(SYS_getppid) != orders.agent) return give_up(orders, Step::group, ESRCH);
  }
  for (int target = 0; target < 3; ++target) {
    if (orders.streams[target] < 0) continue;
    if (::syscall(SYS_dup3, orders.streams[target], target, 0) < 0) {
      return give_up(orders, Step::streams, errno);
    }
  }
  // Ours are close-on-exec already; this is for those a library forgot. Linux before 5.11 has no such call.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (orders.directory != nullptr && ::syscall(SYS_chdir, orders.directory) != 0) {
    return give_up(orders, Step::directory, errno);
  }
  if (orders.record >= 0) {
    if (const int why = write_down_who_we_are(orders.record); why != 0)
      return give_up(orders, Step::record, why);
  }
  reset_signals();
  return give_up(orders, Step::program, execute_first(orders));
}

class Stack {
 public:
  Stack() : memory_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
    if (*this) ::munmap(memory_, size);
  }
  explicit operator bool() const { return memory_ != MAP_FAILED; }
  void* top() const { return static_cast<char*>(memory_) + size; }

 private:
  static constexpr std::size_t size = 64UL * 1024;
  void* memory_;
};

// No handler of ours may run in the child while it shares our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

std::string_view value_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return std::string_view(entry).substr(name.size() + 1);
    }
  }
  return {};
}

std::vector<std::string> candidates_for(const std::string& program,
                                        const std::vector<std::string>& environment) {
  if (program.find('/') != std::string::npos) return {program};
  std::string_view path = value_of(environment, "PATH");
  if (path.empty()) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<std::string> candidates;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    if (end > 0) candidates.push_back(std::string(path.substr(0, end)) + "/" + program);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return candidates;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::string hint_for_program(const std::string& program, int error_number) {
  struct stat found{};
  const bool is_there = program.find('/') != std::string::npos && ::stat(program.c_str(), &found) == 0;
  switch (error_number) {
    case ENOENT:
      if (is_there) return "the file is there, but the interpreter it names (its #! line or loader) is not";
      if (program.find('/') == std::string::npos) return "it is in no directory of PATH; give its whole path";
      return "check the path";
    case EACCES:
      if (is_there && S_ISDIR(found.st_mode)) return "it is a directory";
      if (is_there && (found.st_mode & 0111) == 0) return fmt::format("chmod +x {}", program);
      return fmt::format("user {} may not execute it, or its file system is mounted noexec", ::geteuid());
    case ENOEXEC: return "it is neither a program for this machine nor a script with a #! line";
    case E2BIG: return "its arguments and environment together are too large";
    case ETXTBSY: return "somebody has it open for writing";
    default: return {};
  }
}

core::Error cannot_start(const Command& command, Step step, int error_number) {
  const std::string& program = command.argv.front();
  const std::string doing = fmt::format("cannot start {}", program);
  switch (step) {
    case Step::program: {
      core::Error error = core::system_error(doing, error_number);
      error.hint = hint_for_program(program, error_number);
      return error;
    }
    case Step::directory: {
      core::Error error = core::system_error(
          fmt::format("{}: cannot enter directory {}", doing, command.directory), error_number);
      error.hint = "the directory must exist, and our user must be allowed into it";
      return error;
    }
    case Step::group: return core::system_error(doing + ": cannot make its process group", error_number);
    case Step::network: {
      core::Error error =
          core::system_error(doing + ": cannot give it a network namespace of its own", error_number);
      if (error_number == ENOSPC) error.what = doing + ": the kernel's limit of namespaces is reached";
      error.code = core::Errc::unsupported;
      error.hint = "that takes CAP_SYS_ADMIN, or a kernel that allows user namespaces to everybody";
      return error;
    }
    case Step::streams: return core::system_error(doing + ": cannot connect its output", error_number);
    case Step::record:
      return core::system_error(doing + ": cannot write down which process it is", error_number);
    case Step::nothing_failed: break;
  }
  core::Error error = core::system_error(doing, error_number);
  if (error_number == EAGAIN) {
    error.code = core::Errc::exhausted;
    error.hint = "too many processes: see ulimit -u, and pids.max of the control group";
  } else if (error_number == EMFILE || error_number == ENFILE) {
    error.hint = "no file descriptors left: raise LimitNOFILE or ulimit -n";
  }
  return error;
}

core::Outcome<> check(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) {
    return core::fail(core::Errc::invalid, "cannot start a command without a program");
  }
  const auto holds_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::ranges::any_of(command.argv, holds_nul) || std::ranges::any_of(command.environment, holds_nul) ||
      holds_nul(command.directory)) {
    return core::fail(core::Errc::invalid, "cannot start a command with a NUL byte in its words");
  }
  return {};
}

}  // namespace

std::vector<std::string> child_environment(const std::vector<std::string>& added) {
  // A child that got our NOTIFY_SOCKET could declare us ready.
  static constexpr std::array<std::string_view, 6> ours_alone{
      "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view name = name_of(*entry);
    const bool replaced =
        std::ranges::any_of(added, [&](const std::string& other) { return name_of(other) == name; });
    if (!replaced && std::ranges::find(ours_alone, name) == ours_alone.end())
      environment.emplace_back(*entry);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  return environment;
}

core::Outcome<Spawned> spawn(const Command& command, int output, int errors, int record) {
  if (core::Outcome<> sound = check(command); !sound) return core::fail(sound.error());
  const std::vector<std::string> environment = child_environment(command.environment);
  const std::vector<std::string> candidates = candidates_for(command.argv.front(), environment);
  const std::vector<char*> argv = pointers_to(command.argv);
  const std::vector<char*> variables = pointers_to(environment);
  const std::vector<char*> paths = pointers_to(candidates);
  const Descriptor nothing = above_standard(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  if (!nothing) return core::fail(cannot_start(command, Step::nothing_failed, errno));
  std::optional<Leaving> leaving;
  if (command.own_network) leaving.emplace();
  const Stack stack;
  if (!stack) return core::fail(cannot_start(command, Step::nothing_failed, errno));

  Orders orders{.candidates = paths.data(),
                .argv = argv.data(),
                .environment = variables.data(),
                .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
                .streams = {nothing.number(), output, errors},
                .record = record,
                .die_with_agent = command.die_with_agent,
                .agent = ::getpid(),
                .leaving = leaving ? &*leaving : nullptr,
                .failed_step = Step::nothing_failed,
                .error_number = 0};
  int pidfd = -1;
  pid_t pid = -1;
  int clone_error = 0;
  {
    const AllSignalsBlocked quiet;
    pid = bare_clone(run_child, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &orders, &pidfd);
    clone_error = errno;
  }
  if (pid < 0) return core::fail(cannot_start(command, Step::nothing_failed, clone_error));
  Spawned spawned{pid, Descriptor(pidfd)};
  if (orders.failed_step == Step::nothing_failed) return spawned;
  siginfo_t end{};
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd), &end, WEXITED) != 0 && errno == EINTR) {
  }
  return core::fail(cannot_start(command, orders.failed_step, orders.error_number));
}

}  // namespace outrider::os
