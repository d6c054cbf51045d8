// A process stays a zombie from its end until its Process object goes: so its number, and that of its group,
// cannot become somebody else's while we may still send signals to it.
#include "agent/os/cgroup.hpp"
#include "agent/os/keeping/kept.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/process.hpp"
#include "agent/os/starting/pipe_source.hpp"
#include "agent/os/starting/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <optional>
#include <set>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/core.h>

namespace outrider::os {
namespace {

using Managed = std::set<pid_t>;

// After SIGKILL a process is gone in well under a millisecond, unless it hangs in the kernel.
constexpr int kill_patience_milliseconds = 100;

// "the kernel's own count": how often it has killed in our control group, where the child starts its life.
class KillCount {
 public:
  explicit KillCount(const std::string& root) {
    if (core::Outcome<Cgroup> group = Cgroup::of(0, root)) group_ = *group;
    before_ = count();
  }
  bool has_grown() const { return count() > before_; }

 private:
  std::uint64_t count() const { return group_ ? group_->out_of_memory_kills().value_or(0) : 0; }
  std::optional<Cgroup> group_;
  std::uint64_t before_ = 0;
};

Exit decode(const siginfo_t& end, const KillCount& kills) {
  Exit exit;
  exit.exited = end.si_code == CLD_EXITED;
  (exit.exited ? exit.code : exit.signal) = end.si_status;
  exit.core_dumped = end.si_code == CLD_DUMPED;
  // A shell around the program tells its death by SIGKILL as 128 + 9.
  const bool may_be = exit.signal == SIGKILL || exit.code == 128 + SIGKILL;
  exit.out_of_memory = may_be && kills.has_grown();
  return exit;
}

class RealProcess final : public Process {
 public:
  RealProcess(pid_t pid, boost::asio::posix::stream_descriptor pidfd, KillCount kills,
              std::shared_ptr<Managed> managed)
      : pid_(pid), pidfd_(std::move(pidfd)), kills_(std::move(kills)), managed_(std::move(managed)) {
    managed_->insert(pid_);
  }

  ~RealProcess() override {
    if (left_) {
      managed_->erase(pid_);
      return;
    }
    if (group_is_ours()) ::kill(-pid_, SIGKILL);
    pollfd ended{.fd = pidfd_.native_handle(), .events = POLLIN, .revents = 0};
    ::poll(&ended, 1, kill_patience_milliseconds);
    siginfo_t end{};
    ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.native_handle()), &end, WEXITED | WNOHANG);
    managed_->erase(pid_);  // should it still hang in the kernel, reap_orphans() gets it one day
  }

  void capture(Written written) { written_ = std::move(written); }
  void mark_as_kept() { kept_ = true; }
  void leave() override { left_ = kept_; }
  bool is_kept() const override { return kept_; }
  pid_t pid() const override { return pid_; }

  core::Outcome<> signal(int number) override {
    if (ended())
      return core::fail(core::Errc::not_found, fmt::format("cannot signal process {}: it has ended", pid_));
    if (::syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), number, nullptr, 0) == 0) return {};
    return core::fail(core::system_error(fmt::format("cannot signal process {}", pid_)));
  }

  core::Outcome<> signal_group(int number) override {
    if (!group_is_ours())
      return core::fail(core::Errc::not_found, fmt::format("cannot signal group {}: it has ended", pid_));
    if (::kill(-pid_, number) == 0) return {};
    return core::fail(core::system_error(fmt::format("cannot signal process group {}", pid_)));
  }

  core::Task<Exit> wait() override {
    while (!ended()) {
      co_await pidfd_.async_wait(boost::asio::posix::descriptor_base::wait_read, boost::asio::use_awaitable);
    }
    co_return *exit_;
  }

  std::unique_ptr<ByteSource> take_output() override { return std::move(written_.output); }
  std::unique_ptr<ByteSource> take_errors() override { return std::move(written_.errors); }

 private:
  // Looks without reaping.
  bool ended() {
    if (exit_) return true;
    siginfo_t end{};
    const auto id = static_cast<id_t>(pidfd_.native_handle());
    if (::waitid(P_PIDFD, id, &end, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == ECHILD && has_left();
    if (end.si_pid == 0) return false;
    exit_ = decode(end, kills_);
    return true;
  }

  // Of a process that is not our child: that it has ended is all that we are told.
  bool has_left() {
    pollfd ended{.fd = pidfd_.native_handle(), .events = POLLIN, .revents = 0};
    if (::poll(&ended, 1, 0) <= 0) return false;
    exit_.emplace().unknown = true;
    return true;
  }

  // An ended child of ours keeps its number until we reap it. Another's does not: when somebody has it again,
  // a group of that number is not the one we knew.
  bool group_is_ours() { return !ended() || !exit_->unknown || (::kill(pid_, 0) != 0 && errno == ESRCH); }

  pid_t pid_;
  boost::asio::posix::stream_descriptor pidfd_;
  KillCount kills_;
  std::shared_ptr<Managed> managed_;
  std::optional<Exit> exit_;
  bool kept_ = false;
  bool left_ = false;
  Written written_;
};

class RealProcesses final : public Processes {
 public:
  explicit RealProcesses(std::string root) : root_(std::move(root)), proc_(root_) {}

  core::Task<core::Outcome<std::unique_ptr<Process>>> start(Command command) override {
    const boost::asio::any_io_executor river = co_await boost::asio::this_coro::executor;
    co_return start_on(river, std::move(command));
  }

  core::Task<core::Outcome<std::unique_ptr<Process>>> take_over(std::string kept_in) override {
    const boost::asio::any_io_executor river = co_await boost::asio::this_coro::executor;
    co_return take_over_on(river, kept_in);
  }

  std::vector<Written> unread(const std::string& kept_in, bool but_of_the_last) override {
    const auto kept = but_of_the_last ? read_kept(kept_in) : core::Outcome<Kept>(Kept());
    return open_unread(kept_in, kept ? kept->mark : std::string());
  }

  std::vector<std::string> end_left_behind(const std::string& kept_in) override {
    const auto kept = read_kept(kept_in);
    if (!kept) return {};
    // Orphans of our children come to us, those of an agent that died to somebody else.
    if (kept->agent != ::getpid()) return kill_marked(kept->mark, proc_.all());
    std::vector<std::string> killed;
    for (unsigned round = 0; round < most_rounds; ++round) {
      auto some = kill_marked(kept->mark, proc_.children(::getpid()));
      if (some.empty()) break;  // the children of those that were killed are ours now
      killed.insert(killed.end(), some.begin(), some.end());
    }
    return killed;
  }

  core::Task<void> reap_orphans() override {
    boost::asio::signal_set child_changed(co_await boost::asio::this_coro::executor, SIGCHLD);
    for (;;) {
      reap_those_that_ended();
      co_await child_changed.async_wait(boost::asio::use_awaitable);
    }
  }

  std::uint64_t orphans_reaped() const override { return orphans_reaped_; }

 private:
  static constexpr unsigned most_rounds = 64;

  std::optional<Keeping> keep(const Command& command) const {
    if (command.kept_in.empty() || !command.capture_output) return std::nullopt;
    auto keeping = prepare_keeping(command.kept_in, root_);
    if (!keeping) return std::nullopt;
    return std::move(*keeping);
  }

  core::Outcome<std::unique_ptr<Process>> take_over_on(const boost::asio::any_io_executor& river,
                                                       const std::string& folder) {
    const auto kept = read_kept(folder);
    if (!kept) return core::fail(kept.error());
    auto pidfd = open_kept(*kept, root_);
    if (!pidfd) return core::fail(pidfd.error());
    KillCount kills(root_);
    auto watch = make_watch(river);
    if (!watch) return core::fail(watch.error());
    boost::system::error_code trouble;
    watch->assign(pidfd->number(), trouble);
    if (trouble) return core::fail(core::system_error("cannot watch a process", trouble.value()));
    (void)pidfd->release();
    auto process = std::make_unique<RealProcess>(kept->pid, std::move(*watch), std::move(kills), managed_);
    process->mark_as_kept();
    process->capture(open_kept_output(folder, kept->mark));
    return process;
  }

  core::Outcome<std::unique_ptr<Process>> start_on(const boost::asio::any_io_executor& river,
                                                   Command command) {
    Pipe output;
    Pipe errors;
    Descriptor record;
    std::string mark;
    // A service is started also where it cannot be kept: a full disk must not keep it down.
    if (auto keeping = keep(command)) {
      command.environment.push_back(fmt::format("{}={}", mark_variable, keeping->mark));
      mark = std::move(keeping->mark);
      output = std::move(keeping->output);
      errors = std::move(keeping->errors);
      record = std::move(keeping->record);
    } else if (command.capture_output) {
      for (Pipe* pipe : {&output, &errors}) {
        core::Outcome<Pipe> made = make_pipe();
        if (!made) return core::fail(cannot_start(command, made.error()));
        *pipe = std::move(*made);
      }
    }
    KillCount kills(root_);
    core::Outcome<boost::asio::posix::stream_descriptor> watch = make_watch(river);
    if (!watch) return core::fail(cannot_start(command, watch.error()));
    core::Outcome<Spawned> spawned =
        spawn(command, output.write_end.number(), errors.write_end.number(), record.number());
    if (!spawned) return core::fail(spawned.error());
    boost::system::error_code trouble;
    watch->assign(spawned->pidfd.number(), trouble);
    if (trouble) {  // the loop cannot watch it: then it may not live
      ::kill(-spawned->pid, SIGKILL);
      ::waitpid(spawned->pid, nullptr, 0);
      return core::fail(cannot_start(command, core::system_error("cannot watch it", trouble.value())));
    }
    (void)spawned->pidfd.release();
    auto process = std::make_unique<RealProcess>(spawned->pid, std::move(*watch), std::move(kills), managed_);
    if (record) {
      process->mark_as_kept();
      process->capture(
          read_and_keep(command.kept_in, mark, std::move(output.read_end), std::move(errors.read_end)));
    } else if (command.capture_output) {
      process->capture(
          {make_pipe_source(std::move(output.read_end)), make_pipe_source(std::move(errors.read_end))});
    }
    return process;
  }

  // The first thing that a loop watches makes it open descriptors of its own: before there is a child to
  // lose.
  static core::Outcome<boost::asio::posix::stream_descriptor> make_watch(
      const boost::asio::any_io_executor& river) {
    try {
      return boost::asio::posix::stream_descriptor(river);
    } catch (const boost::system::system_error& error) {
      return core::fail(core::system_error("cannot watch it", error.code().value()));
    }
  }

  static core::Error cannot_start(const Command& command, const core::Error& why) {
    core::Error error =
        why.during("cannot start " + (command.argv.empty() ? "nothing" : command.argv.front()));
    if (why.code == core::Errc::exhausted)
      error.hint = "no file descriptors left: raise LimitNOFILE or ulimit -n";
    return error;
  }

  // The kernel shows one ended child at a time, and the same one until it is reaped; a managed one is left
  // for its Process to reap, and hides those behind it, which /proc then names.
  void reap_those_that_ended() {
    for (;;) {
      siginfo_t end{};
      if (::waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid == 0) return;
      if (managed_->contains(end.si_pid)) break;
      reap(end.si_pid);
    }
    for (const pid_t child : proc_.children(::getpid())) {
      if (!managed_->contains(child)) reap(child);
    }
  }

  void reap(pid_t orphan) {
    siginfo_t end{};
    const auto id = static_cast<id_t>(orphan);
    if (::waitid(P_PID, id, &end, WEXITED | WNOHANG) == 0 && end.si_pid == orphan) ++orphans_reaped_;
  }

  std::string root_;
  Proc proc_;
  std::shared_ptr<Managed> managed_ = std::make_shared<Managed>();
  std::uint64_t orphans_reaped_ = 0;
};

}  // namespace

std::unique_ptr<Processes> make_processes(std::string root) {
  return std::make_unique<RealProcesses>(std::move(root));
}

core::Outcome<> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return core::fail(core::system_error("cannot adopt orphans"));
}

}  // namespace outrider::os
