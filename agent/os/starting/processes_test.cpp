#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/process.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/starting/spawn.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

using Started = core::Outcome<std::unique_ptr<Process>>;

Command shell(const std::string& script) { return {.argv = {"/bin/sh", "-c", script}}; }

core::Task<std::string> read_to_end(ByteSource& source) {
  std::string all;
  std::string buffer(4096, '\0');
  for (;;) {
    const auto count = co_await source.read(buffer);
    if (!count || *count == 0) co_return all;
    all.append(buffer, 0, *count);
  }
}

struct Ran {
  core::Error error;  // when it could not start
  bool started = false;
  Exit exit;
  std::string output;
  std::string errors;
};

core::Task<void> run_to_end(Command command, Ran& ran) {
  const auto processes = make_processes();
  Started process = co_await processes->start(command);
  ran.started = process.has_value();
  if (!process) {
    ran.error = process.error();
    co_return;
  }
  const auto output = (*process)->take_output();
  const auto errors = (*process)->take_errors();
  if (output) ran.output = co_await read_to_end(*output);
  if (errors) ran.errors = co_await read_to_end(*errors);
  ran.exit = co_await (*process)->wait();
}

Ran run(const Command& command) {
  Ran ran;
  async::run_here([&](const async::Executor&) { return run_to_end(command, ran); });
  return ran;
}

// Runs `work` with a started process on a river of its own.
void with_process(const Command& command, const std::function<core::Task<void>(Process&)>& work) {
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto processes = make_processes();
    Started process = co_await processes->start(command);
    EXPECT_TRUE(process.has_value()) << process.error().what;
    if (process) co_await work(**process);
  });
}

bool is_running(pid_t pid) {
  const auto facts = Proc().facts(pid);
  return facts && facts->state != 'Z';
}

core::Task<bool> comes_true(const std::function<bool()>& condition) {
  const auto clock = make_clock();
  for (int i = 0; i < 500; ++i) {
    if (condition()) co_return true;
    co_await clock->sleep(10ms);
  }
  co_return false;
}

}  // namespace

TEST(Process, TellsTheExitCode) {
  const Ran ran = run(shell("exit 7"));
  ASSERT_TRUE(ran.started);
  EXPECT_TRUE(ran.exit.exited);
  EXPECT_EQ(ran.exit.code, 7);
  EXPECT_FALSE(ran.exit.succeeded());
  EXPECT_EQ(ran.exit.sentence(), "exited with code 7");
  EXPECT_TRUE(run(shell("true")).exit.succeeded());
}

TEST(Process, TellsTheSignalThatKilledIt) {
  const Ran ran = run(shell("kill -TERM $$"));
  ASSERT_TRUE(ran.started);
  EXPECT_FALSE(ran.exit.exited);
  EXPECT_EQ(ran.exit.signal, SIGTERM);
  EXPECT_EQ(ran.exit.sentence(), "killed by signal 15 (SIGTERM)");
}

TEST(Process, BeingKilledIsNotOutOfMemoryUnlessTheKernelSaysSo) {
  const Ran ran = run(shell("kill -KILL $$"));
  EXPECT_EQ(ran.exit.signal, SIGKILL);
  EXPECT_FALSE(ran.exit.out_of_memory);
}

TEST(Process, ItsEndIsToldInOneSentence) {
  Exit exit;
  exit.signal = SIGSEGV;
  exit.core_dumped = true;
  EXPECT_EQ(exit.sentence(), "killed by signal 11 (SIGSEGV), core dumped");
  exit = {};
  exit.signal = SIGKILL;
  exit.out_of_memory = true;
  EXPECT_EQ(exit.sentence(), "killed by signal 9 (SIGKILL), out of memory");
}

TEST(Process, ACoreDumpIsTold) {
  Scratch scratch;
  std::ifstream pattern("/proc/sys/kernel/core_pattern");
  const bool pattern_is_a_file = pattern.peek() != '|';
  Command command = shell("ulimit -c unlimited && kill -ABRT $$");
  command.directory = scratch.path();
  const Ran ran = run(command);
  EXPECT_EQ(ran.exit.signal, SIGABRT);
  if (!pattern_is_a_file) GTEST_SKIP() << "core dumps go to a program here, so none may be written";
  EXPECT_TRUE(ran.exit.core_dumped);
}

TEST(Process, BothPipesAreReadToTheirEndLastUnterminatedLineIncluded) {
  const Ran ran = run(shell("echo one; echo bad >&2; printf last"));
  EXPECT_EQ(ran.output, "one\nlast");
  EXPECT_EQ(ran.errors, "bad\n");
}

TEST(Process, MoreOutputThanAPipeHoldsComesThroughWhole) {
  const Ran ran = run(shell("head -c 3000000 /dev/zero"));
  EXPECT_EQ(ran.output.size(), 3'000'000u);
}

TEST(Process, ReadsNothingFromUs) { EXPECT_EQ(run(shell("cat; echo end")).output, "end\n"); }

TEST(Process, AMissingProgramIsAnErrorWithItsName) {
  const Ran ran = run({.argv = {"/x/y"}});
  ASSERT_FALSE(ran.started);
  EXPECT_EQ(ran.error.code, core::Errc::not_found);
  EXPECT_EQ(ran.error.what, "cannot start /x/y: No such file or directory");
  EXPECT_EQ(ran.error.hint, "check the path");
}

TEST(Process, AProgramNotInPathIsAnErrorThatSaysSo) {
  const Ran ran = run({.argv = {"no-such-program"}});
  ASSERT_FALSE(ran.started);
  EXPECT_EQ(ran.error.code, core::Errc::not_found);
  EXPECT_THAT(ran.error.hint, HasSubstr("PATH"));
}

TEST(Process, IsFoundInThePathItIsGiven) {
  Scratch scratch;
  std::ofstream(scratch / "hello") << "#!/bin/sh\necho hello\n";
  ::chmod((scratch / "hello").c_str(), 0755);
  const Ran ran = run({.argv = {"hello"}, .environment = {"PATH=/nowhere::" + scratch.path()}});
  EXPECT_EQ(ran.output, "hello\n") << ran.error.what;
}

TEST(Process, AFileThatIsNotExecutableIsDenied) {
  Scratch scratch;
  std::ofstream(scratch / "plain") << "#!/bin/sh\n";
  ::chmod((scratch / "plain").c_str(), 0644);
  const Ran ran = run({.argv = {scratch / "plain"}});
  ASSERT_FALSE(ran.started);
  EXPECT_EQ(ran.error.code, core::Errc::denied);
  EXPECT_THAT(ran.error.what, EndsWith("Permission denied"));
  EXPECT_THAT(ran.error.hint, StartsWith("chmod +x "));
}

TEST(Process, ADirectoryAndAMissingInterpreterAndGarbageAreEachTold) {
  Scratch scratch;
  EXPECT_EQ(run({.argv = {scratch.path()}}).error.hint, "it is a directory");
  std::ofstream(scratch / "script") << "#!/no/such/interpreter\n";
  ::chmod((scratch / "script").c_str(), 0755);
  EXPECT_THAT(run({.argv = {scratch / "script"}}).error.hint, HasSubstr("interpreter"));
  std::ofstream(scratch / "garbage") << "garbage";
  ::chmod((scratch / "garbage").c_str(), 0755);
  const Ran ran = run({.argv = {scratch / "garbage"}});
  EXPECT_EQ(ran.error.code, core::Errc::invalid);
  EXPECT_THAT(ran.error.hint, HasSubstr("#! line"));
}

TEST(Process, AMissingDirectoryIsToldAsSuch) {
  Command command = shell("true");
  command.directory = "/no/such/directory";
  const Ran ran = run(command);
  ASSERT_FALSE(ran.started);
  EXPECT_EQ(ran.error.what,
            "cannot start /bin/sh: cannot enter directory /no/such/directory: No such file or directory");
}

TEST(Process, NothingToStartAndHiddenNulBytesAreRefused) {
  EXPECT_EQ(run({.argv = {}}).error.code, core::Errc::invalid);
  const std::string nul = std::string("a\0b", 3);
  EXPECT_EQ(run({.argv = {"/bin/echo", nul}}).error.code, core::Errc::invalid);
}

TEST(Process, SeesOurEnvironmentAndItsOwnButNotTheServiceManagers) {
  ::setenv("OUTRIDER_TEST_OURS", "ours", 1);
  ::setenv("NOTIFY_SOCKET", "/run/secret", 1);
  Command command = shell("echo $OUTRIDER_TEST_OURS $ADDED $HOME ${NOTIFY_SOCKET-unset}");
  command.environment = {"ADDED=added", "HOME=/replaced"};
  EXPECT_EQ(run(command).output, "ours added /replaced unset\n");
  ::unsetenv("OUTRIDER_TEST_OURS");
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Process, StartsWithDefaultSignalsAndAnEmptyMask) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
  const Ran ran = run({.argv = {"/bin/grep", "^Sig[BI]", "/proc/self/status"}});
  pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
  std::signal(SIGPIPE, before);
  EXPECT_EQ(ran.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, InheritsNoDescriptorOfOurs) {
  const int forgotten = ::dup(2);  // without close-on-exec, as a careless library leaves it
  const Ran ran = run({.argv = {"/bin/ls", "/proc/self/fd"}});
  ::close(forgotten);
  EXPECT_EQ(ran.output, "0\n1\n2\n3\n");  // 3 is the directory that ls has open
}

TEST(Process, IsTheLeaderOfAGroupOfItsOwn) {
  with_process(shell("sleep 60"), [](Process& process) -> core::Task<void> {
    EXPECT_EQ(Proc().facts(process.pid())->group, process.pid());
    EXPECT_NE(::getpgrp(), process.pid());
    co_return;
  });
}

TEST(Process, SignalsReachTheProcessOrItsWholeGroup) {
  with_process(shell("trap 'exit 42' TERM; sleep 60 & wait"), [](Process& process) -> core::Task<void> {
    const auto output = process.take_output();
    const std::function<bool()> has_child = [&] { return !Proc().children(process.pid()).empty(); };
    EXPECT_TRUE(co_await comes_true(has_child));
    const pid_t grandchild = Proc().children(process.pid()).front();
    EXPECT_TRUE(process.signal(SIGTERM).has_value());
    EXPECT_EQ((co_await process.wait()).code, 42);
    EXPECT_TRUE(is_running(grandchild));
    EXPECT_EQ(process.signal(SIGTERM).error().code, core::Errc::not_found);
    EXPECT_TRUE(process.signal_group(SIGKILL).has_value());
    const std::function<bool()> grandchild_is_gone = [&] { return !is_running(grandchild); };
    EXPECT_TRUE(co_await comes_true(grandchild_is_gone));
  });
}

TEST(Process, DroppingItKillsGrandchildrenToo) {
  pid_t child = 0;
  pid_t grandchild = 0;
  with_process(shell("sleep 60 & sleep 60; true"), [&](Process& process) -> core::Task<void> {
    child = process.pid();
    const std::function<bool()> has_children = [&] { return Proc().children(child).size() == 2; };
    EXPECT_TRUE(co_await comes_true(has_children));
    grandchild = Proc().children(child).front();
  });
  ASSERT_GT(grandchild, 0);
  EXPECT_FALSE(Proc().facts(child).has_value()) << "it must be reaped";
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const std::function<bool()> grandchild_is_gone = [&] { return !is_running(grandchild); };
    EXPECT_TRUE(co_await comes_true(grandchild_is_gone));
  });
}

TEST(Process, ItsNumberIsKeptUntilItIsDropped) {
  with_process(shell("exit 3"), [](Process& process) -> core::Task<void> {
    EXPECT_EQ((co_await process.wait()).code, 3);
    EXPECT_EQ(Proc().facts(process.pid())->state, 'Z');
    EXPECT_EQ((co_await process.wait()).code, 3);
  });
}

TEST(Process, SeveralMayWaitAndOneMayGiveUp) {
  with_process(shell("sleep 0.2; exit 5"), [](Process& process) -> core::Task<void> {
    const auto clock = make_clock();
    const auto hasty = co_await async::with_deadline(*clock, 10ms, process.wait());
    EXPECT_FALSE(hasty.has_value());
    int codes = 0;
    const std::function<core::Task<void>()> add_code = [&]() -> core::Task<void> {
      codes += (co_await process.wait()).code;
    };
    async::Nursery nursery(co_await boost::asio::this_coro::executor);
    nursery.start(add_code());
    nursery.start(add_code());
    nursery.start(add_code());
    co_await nursery.join();
    EXPECT_EQ(codes, 15);
  });
}

TEST(Process, ACancelledReadLosesNothing) {
  with_process(shell("sleep 0.1; echo late"), [](Process& process) -> core::Task<void> {
    const auto clock = make_clock();
    const auto output = process.take_output();
    EXPECT_EQ(process.take_output(), nullptr);
    std::string buffer(16, '\0');
    const auto hasty = co_await async::with_deadline(*clock, 5ms, output->read(buffer));
    EXPECT_FALSE(hasty.has_value());
    EXPECT_EQ(co_await read_to_end(*output), "late\n");
  });
}

TEST(Process, WithoutCaptureThereAreNoPipes) {
  Command command = shell("true");
  command.capture_output = false;
  with_process(command, [](Process& process) -> core::Task<void> {
    EXPECT_EQ(process.take_output(), nullptr);
    EXPECT_EQ(process.take_errors(), nullptr);
    EXPECT_TRUE((co_await process.wait()).succeeded());
  });
}

TEST(Process, AHundredStartsLeaveNoDescriptorAndNoChild) {
  (void)run(shell("true"));
  const auto before = Proc().open_descriptors(0);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(run(shell("echo x")).exit.succeeded());
    EXPECT_FALSE(run({.argv = {"/x/y"}}).started);
  }
  EXPECT_EQ(*Proc().open_descriptors(0), *before);
  for (const pid_t left : Proc().children(::getpid())) ADD_FAILURE() << "it left process " << left;
}

TEST(Process, StartingTakesAboutAMillisecond) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a time measured under a sanitizer says nothing";
#endif
  std::vector<core::Duration> taken;
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto clock = make_clock();
    const auto processes = make_processes();
    const Command command{.argv = {"/bin/true"}};
    for (int i = 0; i < 30; ++i) {
      const core::Instant begun = clock->now();
      const Started process = co_await processes->start(command);
      taken.push_back(clock->now() - begun);
      EXPECT_TRUE(process.has_value());
    }
  });
  std::ranges::sort(taken);
  const auto median_microseconds = taken[taken.size() / 2].count() / 1000;
  RecordProperty("start_median_microseconds", static_cast<int>(median_microseconds));
  std::printf("          median of 30 starts: %ld us\n", static_cast<long>(median_microseconds));
  EXPECT_LT(median_microseconds, 20'000) << "an order of magnitude above what it takes on a busy machine";
}
