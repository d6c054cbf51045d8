#include "agent/os/keeping/kept.hpp"

#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/process.hpp"
#include "agent/os/scratch.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

os::Command shell(const std::string& script, const std::string& folder) {
  os::Command command;
  command.argv = {"/bin/sh", "-c", script};
  command.kept_in = folder;
  return command;
}

// What is there to be read within a second, as far as `wanted` bytes.
core::Task<std::string> read_some(core::Clock& clock, os::ByteSource& source, std::size_t wanted) {
  std::string text;
  char room[4096];
  while (text.size() < wanted) {
    auto reading = source.read(room);
    auto got = co_await async::with_deadline(clock, 5s, std::move(reading));
    if (!got || !*got || **got == 0) break;
    text.append(room, **got);
  }
  co_return text;
}

class KeptProcess : public testing::Test {
 protected:
  // As if two agents came one after the other; `leave` is what the death of the first is.
  void with_processes(const std::function<core::Task<void>(os::Processes&, core::Clock&)>& work) {
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto clock = os::make_clock();
      const auto processes = os::make_processes();
      auto working = work(*processes, *clock);
      co_await std::move(working);
    });
  }
  // What was left behind and then killed came to us, who gather the orphans of our children.
  void TearDown() override {
    const auto clock = os::make_clock();
    const core::Instant patience = clock->now() + 5s;
    pid_t gone = 0;
    while ((gone = ::waitpid(-1, nullptr, WNOHANG)) >= 0 && clock->now() < patience) {
      if (gone == 0) ::usleep(1'000);
    }
    EXPECT_EQ(gone, -1) << "a process that the test began is still there";
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);  // as the other tests know us
  }
  std::string record() {
    std::stringstream text;
    text << std::ifstream(folder + "/process").rdbuf();
    return text.str();
  }
  os::Scratch scratch;
  std::string folder = scratch.path() + "/child";
};

core::Task<void> write_and_leave(os::Processes& processes, std::string folder, pid_t& pid) {
  auto starting = processes.start(shell("echo first; sleep 0.2; echo second; exec sleep 100", folder));
  auto process = co_await std::move(starting);
  EXPECT_TRUE(process.has_value());
  if (!process) co_return;
  EXPECT_TRUE((*process)->is_kept());
  pid = (*process)->pid();
  (*process)->leave();
}

core::Task<void> take_over_and_read(os::Processes& processes, core::Clock& clock, std::string folder,
                                    pid_t pid) {
  auto taking = processes.take_over(folder);
  auto process = co_await std::move(taking);
  EXPECT_TRUE(process.has_value()) << process.error().what;
  if (!process) co_return;
  EXPECT_EQ((*process)->pid(), pid);
  const auto output = (*process)->take_output();
  auto reading = read_some(clock, *output, 13);
  const std::string text = co_await std::move(reading);
  EXPECT_EQ(text, "first\nsecond\n") << "nothing is lost while nobody reads";
  EXPECT_TRUE((*process)->signal(SIGKILL));
  const os::Exit how = co_await (*process)->wait();
  EXPECT_EQ(how.signal, SIGKILL) << "it is a child of ours after all, in this test";
}

}  // namespace

TEST_F(KeptProcess, WhatItSaysWhileNobodyListensIsReadByTheNext) {
  pid_t pid = 0;
  with_processes(
      [&](os::Processes& processes, core::Clock&) { return write_and_leave(processes, folder, pid); });
  ASSERT_GT(pid, 0);
  EXPECT_THAT(record(), HasSubstr(std::to_string(pid) + " ("));
  ::usleep(400'000);
  with_processes([&](os::Processes& processes, core::Clock& clock) {
    return take_over_and_read(processes, clock, folder, pid);
  });
}

TEST_F(KeptProcess, AnotherProcessWithItsNumberIsNotIt) {
  os::Kept kept;
  kept.pid = ::getpid();
  kept.boot = *os::Proc("/").boot_id();
  kept.started_after_boot = os::Proc("/").facts(0)->started_after_boot;
  EXPECT_TRUE(os::open_kept(kept, "/"));
  kept.started_after_boot += 10ms;
  const auto another = os::open_kept(kept, "/");
  ASSERT_FALSE(another);
  EXPECT_THAT(another.error().what, HasSubstr("another one has its number"));
  kept.started_after_boot -= 10ms;
  kept.boot = "00000000-0000-0000-0000-000000000000";
  EXPECT_THAT(os::open_kept(kept, "/").error().what, HasSubstr("the machine was started anew"));
}

TEST_F(KeptProcess, ATornRecordIsNone) {
  ASSERT_FALSE(os::read_kept(folder)) << "there is no folder";
  auto keeping = os::prepare_keeping(folder, "/");
  ASSERT_TRUE(keeping) << keeping.error().what;
  EXPECT_THAT(os::read_kept(folder).error().what, HasSubstr("nothing was executed"));
  const std::string whole =
      record() + "4711 (tests api) S 1 4711 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0 0";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    std::ofstream(folder + "/process", std::ios::trunc) << whole.substr(0, cut);
    const auto kept = os::read_kept(folder);
    if (kept) {
      EXPECT_EQ(kept->pid, 4711) << cut;
    }
  }
  EXPECT_TRUE(os::read_kept(folder));
}

TEST_F(KeptProcess, WhereItCannotBeKeptItIsStartedAllTheSame) {
  std::ofstream(folder) << "a file, where the folder would be";
  with_processes([&](os::Processes& processes, core::Clock&) -> core::Task<void> {
    return [](os::Processes& of, std::string in) -> core::Task<void> {
      auto starting = of.start(shell("exit 3", in));
      auto process = co_await std::move(starting);
      EXPECT_TRUE(process.has_value());
      if (!process) co_return;
      EXPECT_FALSE((*process)->is_kept());
      EXPECT_EQ((co_await (*process)->wait()).code, 3);
    }(processes, folder);
  });
}

TEST_F(KeptProcess, ADaemonThatForkedTwiceIsFoundByItsMark) {
  ASSERT_TRUE(os::become_subreaper());
  with_processes([&](os::Processes& processes, core::Clock&) -> core::Task<void> {
    return [](os::Processes& of, std::string in) -> core::Task<void> {
      auto starting = of.start(shell("setsid sleep 1000 & sleep 0.2", in));
      auto process = co_await std::move(starting);
      EXPECT_TRUE(process.has_value());
      if (!process) co_return;
      (void)co_await (*process)->wait();
      process->reset();
      const auto killed = of.end_left_behind(in);
      EXPECT_EQ(killed.size(), 1u);
      EXPECT_TRUE(of.end_left_behind(in).empty());
    }(processes, folder);
  });
}
