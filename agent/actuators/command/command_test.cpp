#include "agent/actuators/command/command.hpp"

#include "agent/async/nursery.hpp"
#include "agent/config/load.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class CommandTest : public testing::Test {
 protected:
  // Each program ends at once with its code, and says its line.
  void program(const std::string& name, int code, const std::string& line = "") {
    processes.program(name, [code, line](const os::Command&, core::Random&, unsigned) {
      os::SimPlan plan;
      plan.lives = 5ms;
      plan.ends = os::SimPlan::exited(code);
      if (!line.empty()) plan.lines = {{1ms, line + "\n", true}};
      return plan;
    });
  }

  std::unique_ptr<Place> place(command::Settings settings) {
    return command::make_place(tools, std::move(settings), {});
  }
  static command::Settings plain() {
    command::Settings settings;
    settings.start = {"/start", "tests-api"};
    settings.stop = {"/stop"};
    settings.status = {"/status"};
    return settings;
  }

  core::Outcome<Seen> look(Place& at) {
    std::optional<core::Outcome<Seen>> seen;
    auto work = [](Place& of, std::optional<core::Outcome<Seen>>& into) -> core::Task<void> {
      into = co_await of.look();
    };
    run(work(at, seen));
    return seen.value_or(core::fail(core::Errc::internal, "it never answered"));
  }
  std::string outcome_of(core::Task<core::Outcome<>> task) {
    std::string problem = "it never ended";
    auto work = [](core::Task<core::Outcome<>> of, std::string& into) -> core::Task<void> {
      const auto done = co_await std::move(of);
      into = done ? "" : done.error().what;
    };
    run(work(std::move(task), problem));
    return problem;
  }
  void run(core::Task<void> work) {
    async::Nursery nursery(loop.get_executor());
    nursery.start(std::move(work));
    clock.advance(1min);
    ASSERT_EQ(nursery.size(), 0u);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  Tools tools{clock, processes};
};

}  // namespace

TEST_F(CommandTest, StatusSaysByItsExitCodeWhetherItRuns) {
  const auto at = place(plain());
  program("/status", 0, "tests-api is up since Monday");
  EXPECT_TRUE(look(*at)->runs);
  for (const int code : {1, 2, 3}) {
    program("/status", code);
    const auto seen = look(*at);
    ASSERT_TRUE(seen) << code;
    EXPECT_FALSE(seen->runs);
    EXPECT_TRUE(seen->how.unknown);
  }
}

TEST_F(CommandTest, AStatusThatFailsItselfIsUnknownAndItsWordsAreQuoted) {
  const auto at = place(plain());
  EXPECT_FALSE(look(*at)) << "there is no such program";
  for (const int code : {4, 126, 127}) {
    program("/status", code, "sudo: a password is required");
    const auto seen = look(*at);
    ASSERT_FALSE(seen) << code;
    EXPECT_THAT(seen.error().what, HasSubstr("sudo: a password is required"));
  }
  processes.program("/status", [](const os::Command&, core::Random&, unsigned) {
    os::SimPlan plan;
    plan.ignores_term = true;
    return plan;
  });
  const auto late = look(*at);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().what, HasSubstr("did not end within 20s"));
  EXPECT_EQ(processes.groups_alive("/status"), 0u);
}

TEST_F(CommandTest, StartWaitsUntilStatusSaysYes) {
  const auto at = place(plain());
  program("/start", 0);
  processes.program("/status", [](const os::Command&, core::Random&, unsigned asked) {
    os::SimPlan plan;
    plan.lives = 1ms;
    plan.ends = os::SimPlan::exited(asked < 4 ? 3 : 0);
    return plan;
  });
  EXPECT_EQ(outcome_of(at->start()), "");
  program("/status", 3);
  EXPECT_THAT(outcome_of(at->start()), HasSubstr("waiting until the service of /start runs took longer"));
}

TEST_F(CommandTest, AProgramThatFailsIsQuotedAndItsFloodIsCut) {
  const auto at = place(plain());
  program("/start", 5, std::string(3000, 'x') + " no such user");
  const std::string problem = outcome_of(at->start());
  EXPECT_THAT(problem, HasSubstr("cannot start the service of /start: start exited with code 5: xxx"));
  EXPECT_LT(problem.size(), 700u);
  program("/stop", 1, "not allowed");
  EXPECT_EQ(outcome_of(at->stop()),
            "cannot stop the service of /start: stop exited with code 1: not allowed");
}

TEST_F(CommandTest, WhatIsNotGivenIsRefused) {
  auto settings = plain();
  const auto without = place(settings);
  EXPECT_FALSE(without->can_restart());
  EXPECT_THAT(outcome_of(without->kill()), HasSubstr("no command `kill` is given"));
  EXPECT_THAT(outcome_of(without->signal(SIGHUP)), HasSubstr("cannot send a signal"));
  settings.kill = {"/kill"};
  settings.restart = {"/again"};
  program("/kill", 0);
  program("/again", 0);
  const auto with = place(settings);
  EXPECT_TRUE(with->can_restart());
  EXPECT_EQ(outcome_of(with->kill()), "");
  EXPECT_EQ(outcome_of(with->restart()), "");
}
