#include "agent/actuators/shelf.hpp"
#include "agent/async/nursery.hpp"
#include "agent/config/load.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/supervise/supervisor.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const std::string program = "/usr/bin/tests-api";

struct NoJournal final : core::Journal {
  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed) override { co_return 1u; }
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool, std::string) override {
    co_return core::Outcome<>();
  }
};

struct NoEvents final : core::EventSink {
  void record(core::EventKind, std::string, std::string) override {}
};

// What incidents are told of a real child entry over simulated processes.
class HooksTest : public testing::Test {
 protected:
  void begin(os::SimPlan first) {
    processes.program(program, [first](const os::Command&, core::Random&, unsigned start) {
      return start == 1 ? first : os::SimPlan();
    });
    actuators::Shelf shelf;
    actuators::fill(shelf);
    const auto maker = config::load_text("t.yaml", "[" + program + "]", shelf.entries()[0].kind);
    Hooks hooks;
    hooks.before_stop = [this](std::int64_t pid, std::string why) { return look(pid, std::move(why)); };
    hooks.ended = [this](const Ending& ending) { endings.push_back(ending); };
    hooks.gave_up = [this](const std::string& why) { given_up.push_back(why); };
    options.service = "tests-api";
    supervisor = std::make_unique<Supervisor>(
        options, (*maker.value)({clock, processes}, {}),
        Tools{loop.get_executor(), clock, *random, registry, journal, events, log}, std::move(hooks));
    nursery.start(run());
    clock.settle();
  }

  void TearDown() override {
    nursery.cancel();
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
  }

  core::Task<void> run() { co_await supervisor->run(); }

  core::Task<void> look(std::int64_t pid, std::string why) {
    looked_at = pid;
    looked_why = std::move(why);
    was_alive = processes.is_alive(static_cast<pid_t>(pid));
    co_await clock.sleep(look_takes);
    ++looks;
  }

  void say_sick() {
    core::ServiceVerdict verdict;
    verdict.state = core::State::sick;
    verdict.why = "HTTP 503";
    supervisor->hear(verdict);
    clock.settle();
  }

  std::size_t starts() { return processes.starts().size(); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  prometheus::Registry registry;
  NoJournal journal;
  NoEvents events;
  os::CapturedLog log;
  Options options;
  std::unique_ptr<Supervisor> supervisor;
  async::Nursery nursery{loop.get_executor()};
  std::vector<Ending> endings;
  std::vector<std::string> given_up;
  core::Duration look_takes = 100ms;
  std::int64_t looked_at = 0;
  std::string looked_why;
  bool was_alive = false;
  int looks = 0;
};

}  // namespace

TEST_F(HooksTest, ASickChildIsLookedAtWhileItLivesAndThenStopped) {
  begin({});
  clock.advance(5min);
  const auto pid = supervisor->status().pid;
  say_sick();
  EXPECT_EQ(looked_at, pid);
  EXPECT_TRUE(was_alive);
  EXPECT_THAT(looked_why, HasSubstr("HTTP 503"));
  EXPECT_EQ(starts(), 1u) << "it is still being looked at";
  clock.advance(200ms);
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(starts(), 2u);
  ASSERT_EQ(endings.size(), 1u);
  EXPECT_EQ(endings[0].pid, pid);
  EXPECT_TRUE(endings[0].asked);
}

TEST_F(HooksTest, ALookThatTakesForEverDelaysTheRestartByItsLimitOnly) {
  look_takes = 24h;
  begin({});
  clock.advance(5min);
  say_sick();
  clock.advance(look_limit - 1ms);
  EXPECT_EQ(starts(), 1u);
  clock.advance(2ms);
  EXPECT_EQ(starts(), 2u);
  EXPECT_EQ(looks, 0);
}

TEST_F(HooksTest, AChildThatDiesWhileItIsLookedAtIsReplaced) {
  look_takes = 1s;
  begin({});
  clock.advance(5min);
  say_sick();
  processes.end_all(program, os::SimPlan::crashed(SIGSEGV));
  clock.advance(3s);
  EXPECT_EQ(starts(), 2u);
  ASSERT_EQ(endings.size(), 1u);
  EXPECT_FALSE(endings[0].asked) << "nobody had asked it yet";
}

TEST_F(HooksTest, ADeathThatNobodyAskedForIsToldAsItWas) {
  begin({.lives = 10s, .ends = os::SimPlan::exited(3)});
  clock.advance(11s);
  ASSERT_EQ(endings.size(), 1u);
  EXPECT_FALSE(endings[0].asked);
  EXPECT_EQ(endings[0].how.code, 3);
  EXPECT_EQ(endings[0].ran, 10s);
  EXPECT_EQ(looks, 0);
}

TEST_F(HooksTest, WhatCannotBeStartedIsAnEndingToo) {
  os::SimPlan plan;
  plan.cannot_start = core::Error(core::Errc::not_found, "cannot start it: no such file");
  begin(plan);
  ASSERT_EQ(endings.size(), 1u);
  EXPECT_TRUE(endings[0].never_started);
  EXPECT_EQ(endings[0].pid, 0);
  EXPECT_THAT(endings[0].sentence, HasSubstr("no such file"));
}

TEST_F(HooksTest, TheEndOfTheAgentIsNoDeath) {
  begin({});
  clock.advance(5min);
  nursery.cancel();
  clock.advance(1min);
  ASSERT_EQ(endings.size(), 1u);
  EXPECT_TRUE(endings[0].asked);
}

TEST_F(HooksTest, WhoGivesUpSaysSoOnce) {
  options.settings.budget = {0, 1h};
  begin({.lives = 10s, .ends = os::SimPlan::exited(3)});
  clock.advance(10min);
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_THAT(given_up[0], HasSubstr("budget"));
}
