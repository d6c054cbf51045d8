// Starting processes where the system has none to give. Each test runs in a process of its own, since limits
// are for good.
#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/cgroup.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/process.hpp"

#include <csignal>
#include <fstream>
#include <functional>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/core.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

namespace {

// What `work` says in a forked child; it has 20 s.
std::string said_in_a_fork(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(20);
    ::close(ends[0]);
    const std::string said = work();
    (void)!::write(ends[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  ::waitpid(pid, nullptr, 0);
  return said;
}

void allow_descriptors(rlim_t count) {
  const rlimit limit{.rlim_cur = count, .rlim_max = 256};
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string attempt(const std::function<void()>& limit, bool capture = true) {
  std::string said;
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto processes = make_processes();
    const Command command{.argv = {"/bin/true"}, .capture_output = capture};
    // So that the loop has its own descriptors, and a sanitizer has looked at our types (it opens pipes to do
    // so).
    const Command missing{.argv = {"/x/y"}, .capture_output = capture};
    (void)co_await processes->start(command);
    (void)co_await processes->start(missing);
    limit();
    const auto process = co_await processes->start(command);
    allow_descriptors(256);
    said = process ? "started"
                   : std::string(name_of(process.error().code)) + "|" + process.error().what + "|" +
                         process.error().hint;
    if (!process && !Proc().children(::getpid()).empty()) said += "|half-started";
  });
  return said;
}

// All below it are in use.
rlim_t next_descriptor() {
  int highest = 0;
  for (int i = 0; i < 100; ++i) highest = ::fcntl(i, F_GETFD) >= 0 ? i : highest;
  int next = 0;
  while (next < highest) next = ::dup(0);
  ::close(next);
  return static_cast<rlim_t>(next);
}

const std::string out_of_descriptors = "|no file descriptors left: raise LimitNOFILE or ulimit -n";

}  // namespace

TEST(ProcessLimits, WithoutDescriptorsAStartIsRefusedAndNothingIsHalfStarted) {
  // Output pipe, error pipe, /dev/null, pidfd: however few are left, the answer is the same.
  for (rlim_t spare = 0; spare <= 5; ++spare) {
    const std::string said =
        said_in_a_fork([&] { return attempt([&] { allow_descriptors(next_descriptor() + spare); }); });
    EXPECT_EQ(said.substr(0, said.find('|')), "exhausted") << spare << ": " << said;
    EXPECT_NE(said.find("Too many open files"), std::string::npos) << spare << ": " << said;
    EXPECT_TRUE(said.ends_with(out_of_descriptors)) << spare << ": " << said;
  }
  EXPECT_EQ(said_in_a_fork([] { return attempt([] { allow_descriptors(next_descriptor() + 6); }); }),
            "started");
}

TEST(ProcessLimits, WithoutProcessesAStartIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become a user who may have no process";
  const std::string said = said_in_a_fork([] {
    return attempt(
        [] {
          const rlimit none{.rlim_cur = 0, .rlim_max = 0};
          ::setrlimit(RLIMIT_NPROC, &none);
          if (::setuid(65534) != 0) ::_exit(1);
        },
        false);
  });
  EXPECT_EQ(
      said,
      "exhausted|cannot start /bin/true: Resource temporarily unavailable|too many processes: see ulimit -u, "
      "and pids.max of the control group");
}

TEST(ProcessLimits, StandardDescriptorsThatAreClosedDoNotConfuseTheChildsOutput) {
  const std::string said = said_in_a_fork([] {
    ::close(0);
    ::close(1);
    ::close(2);
    std::string all;
    async::run_here([&](const async::Executor&) -> core::Task<void> {
      const auto processes = make_processes();
      const Command command{.argv = {"/bin/sh", "-c", "echo out; echo err >&2"}};
      const auto process = co_await processes->start(command);
      if (!process) co_return;
      std::vector<std::unique_ptr<ByteSource>> sources;
      sources.push_back((*process)->take_output());
      sources.push_back((*process)->take_errors());
      for (const auto& source : sources) {
        std::string buffer(64, '\0');
        const auto count = co_await source->read(buffer);
        if (count) all += buffer.substr(0, *count);
      }
    });
    return all;
  });
  EXPECT_EQ(said, "out\nerr\n");
}

TEST(ProcessLimits, OrphansComeToUsAndAreReapedWhileManagedEndsAreNotStolen) {
  const std::string said = said_in_a_fork([]() -> std::string {
    if (!become_subreaper()) return "no subreaper";
    std::string result;
    async::run_here([&](const async::Executor& river) -> core::Task<void> {
      const auto clock = make_clock();
      const auto processes = make_processes();
      async::Nursery nursery(river);
      nursery.start(processes->reap_orphans());
      // A managed zombie stands in front of the orphans all the while.
      const Command first{.argv = {"/bin/sh", "-c", "exit 11"}};
      const auto dead = co_await processes->start(first);
      const Exit before = co_await (*dead)->wait();
      const Command second{.argv = {"/bin/sh", "-c", "(sleep 0.1 &) ; (sleep 0.1 &) ; exit 12"}};
      const auto parent = co_await processes->start(second);
      const Exit after = co_await (*parent)->wait();
      for (int i = 0; i < 300 && processes->orphans_reaped() < 2; ++i) co_await clock->sleep(10ms);
      const std::size_t children = Proc().children(::getpid()).size();  // the two managed zombies
      result = std::to_string(before.code) + " " + std::to_string(after.code) + " " +
               std::to_string(processes->orphans_reaped()) + " " + std::to_string(children);
      nursery.cancel();
      co_await nursery.join();
    });
    return result + " " + std::to_string(Proc().children(::getpid()).size());
  });
  EXPECT_EQ(said, "11 12 2 2 0");
}

TEST(ProcessLimits, AChildOutlivesAKilledAgentUnlessItWasAskedToDieWithIt) {
  const auto pid_of_child = [](bool die_with_agent) {
    return said_in_a_fork([&] {
      pid_t pid = 0;
      async::run_here([&](const async::Executor&) -> core::Task<void> {
        const auto processes = make_processes();
        const Command command{
            .argv = {"/bin/sleep", "60"}, .capture_output = false, .die_with_agent = die_with_agent};
        auto process = co_await processes->start(command);
        if (!process) co_return;
        pid = (*process)->pid();
        (void)process->release();  // the agent is about to die without any clean-up
      });
      return std::to_string(pid);
    });
  };
  const pid_t lives_on = std::stoi(pid_of_child(false));
  const pid_t dies = std::stoi(pid_of_child(true));
  for (int i = 0; i < 300 && ::kill(dies, 0) == 0 && Proc().facts(dies)->state != 'Z'; ++i) ::usleep(10'000);
  const auto gone = Proc().facts(dies);
  EXPECT_TRUE(!gone || gone->state == 'Z');
  EXPECT_EQ(Proc().facts(lives_on)->state, 'S');
  ::kill(lives_on, SIGKILL);
}

namespace {

// A control group beneath our own with little memory; empty when we may not make one.
class TightGroup {
 public:
  TightGroup() {
    const auto ours = Cgroup::of();
    if (!ours || ours->version() == 0) return;
    const bool is_v2 = ours->version() == 2;
    const std::string mount = is_v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const std::string path = fmt::format("{}{}/outrider-test-{}", mount, ours->path(), ::getpid());
    if (::mkdir(path.c_str(), 0755) != 0) return;
    path_ = path;
    // A sanitized fork of a large test program touches much of what it has inherited.
    const std::uint64_t ours_bytes = Proc().facts(0).value_or(ProcessFacts{}).resident_bytes;
    const std::string most = std::to_string(ours_bytes + 64UL * 1024 * 1024);
    ready_ = write(is_v2 ? "memory.max" : "memory.limit_in_bytes", most);
    write(is_v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes", is_v2 ? "0" : most);
  }
  TightGroup(const TightGroup&) = delete;
  TightGroup& operator=(const TightGroup&) = delete;
  ~TightGroup() {
    for (int i = 0; i < 100 && !path_.empty() && ::rmdir(path_.c_str()) != 0; ++i) ::usleep(10'000);
  }
  bool ready() const { return ready_; }
  bool enter() const { return write("cgroup.procs", std::to_string(::getpid())); }

 private:
  bool write(const std::string& file, const std::string& text) const {
    std::ofstream out(path_ + "/" + file);
    out << text << std::flush;
    return out.good();
  }
  std::string path_;
  bool ready_ = false;
};

}  // namespace

TEST(ProcessLimits, AChildThatTheKernelKilledForWantOfMemoryIsToldSo) {
  const TightGroup group;
  if (!group.ready()) GTEST_SKIP() << "needs the right to make a control group with a memory limit";
  const std::string said = said_in_a_fork([&]() -> std::string {
    if (!group.enter()) return "cannot enter";
    std::string result;
    async::run_here([&](const async::Executor&) -> core::Task<void> {
      const auto processes = make_processes();
      const Command killed{.argv = {"/bin/sh", "-c", "kill -KILL $$"}};
      const auto not_hungry = co_await processes->start(killed);
      const Exit by_hand = co_await (*not_hungry)->wait();
      const Command eats{
          .argv = {"/bin/sh", "-c", "echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero"}};
      const auto hungry = co_await processes->start(eats);
      const Exit by_kernel = co_await (*hungry)->wait();
      result = by_hand.sentence() + "; " + by_kernel.sentence();
    });
    return result;
  });
  EXPECT_EQ(said, "killed by signal 9 (SIGKILL); killed by signal 9 (SIGKILL), out of memory");
}
