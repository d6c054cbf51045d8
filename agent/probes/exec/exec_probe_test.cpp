#include "agent/probes/exec/exec_probe.hpp"

#include "agent/probes/test_kit.hpp"

#include <signal.h>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using os::SimPlan;

namespace {

class ExecProbe : public probes::testing::ProbeTest {
 protected:
  core::Answer ask(SimPlan plan, core::Duration limit = 1s) {
    processes_.program("/check", [plan](const os::Command&, core::Random&, unsigned) { return plan; });
    probes::exec::Settings settings;
    settings.argv = {"/check", "--deep"};
    return ask_with(std::move(settings), limit);
  }

  core::Answer ask_with(probes::exec::Settings settings, core::Duration limit) {
    const auto probe = probes::exec::make_probe(std::move(settings), tools_);
    core::Answer answer = ProbeTest::ask(*probe, limit);
    EXPECT_EQ(processes_.groups_alive("/check"), 0u) << "it left something running";
    EXPECT_EQ(processes_.leaked(), 0u);
    return answer;
  }

  static SimPlan exits(int code) {
    SimPlan plan;
    plan.lives = 20ms;
    plan.ends = SimPlan::exited(code);
    return plan;
  }
};

}  // namespace

TEST_F(ExecProbe, ZeroIsOkAndTheFirstLineIsTheDetail) {
  SimPlan plan = exits(0);
  plan.lines = {{1ms, "DISK OK - 41% used\n"}, {2ms, "more\n"}};
  const core::Answer answer = ask(plan);
  EXPECT_EQ(answer.standing, Standing::ok);
  EXPECT_EQ(answer.detail, "DISK OK - 41% used");
}

TEST_F(ExecProbe, OneAndTwoAreNotOkThreeIsUnknown) {
  EXPECT_EQ(ask(exits(1)).standing, Standing::not_ok);
  EXPECT_EQ(ask(exits(2)).standing, Standing::not_ok);
  EXPECT_EQ(ask(exits(3)).standing, Standing::unknown);
  EXPECT_EQ(ask(exits(127)).standing, Standing::unknown) << "a shell that found no such program";
  EXPECT_EQ(ask(exits(2)).detail, "exited with code 2");
}

TEST_F(ExecProbe, WhatWentToTheErrorsIsShownWhenThereIsNoOutput) {
  SimPlan plan = exits(2);
  plan.lines = {{1ms, "cannot reach the queue\n", true}};
  EXPECT_EQ(ask(plan).detail, "cannot reach the queue");
}

TEST_F(ExecProbe, AProgramThatCannotBeStartedIsUnknown) {
  SimPlan plan;
  plan.cannot_start = core::Error(core::Errc::not_found, "cannot start /check: No such file or directory");
  EXPECT_EQ(ask(plan).standing, Standing::unknown);
  processes_.refuse_starts(1);
  EXPECT_EQ(ask(exits(0)).standing, Standing::unknown) << "no descriptors is our trouble";
}

TEST_F(ExecProbe, AKillFromOutsideIsUnknownACrashOfItsOwnIsNotOk) {
  SimPlan plan = exits(0);
  plan.ends = SimPlan::crashed(SIGKILL);
  EXPECT_EQ(ask(plan).standing, Standing::unknown);
  plan.ends = SimPlan::crashed(SIGSEGV);
  const core::Answer crashed = ask(plan);
  EXPECT_EQ(crashed.standing, Standing::not_ok);
  EXPECT_NE(crashed.detail.find("SIGSEGV"), std::string::npos) << crashed.detail;
  plan.ends = SimPlan::crashed(SIGKILL, true);
  EXPECT_EQ(ask(plan).standing, Standing::unknown) << "for want of memory";
}

TEST_F(ExecProbe, ItIsKilledAtTheLimitWithAllItStarted) {
  SimPlan plan;  // lives until told to end
  plan.ignores_term = true;
  plan.grandchildren = 3;
  plan.lines = {{1ms, "still looking\n"}};
  const core::Answer answer = ask(plan, 2s);
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_EQ(answer.detail, "did not end within 2s: still looking");
}

TEST_F(ExecProbe, ChildrenThatHoldThePipesDoNotHoldTheAnswer) {
  SimPlan plan = exits(0);
  plan.grandchildren = 2;
  EXPECT_EQ(ask(plan).standing, Standing::ok);
}

TEST_F(ExecProbe, AFloodOfOutputIsReadAndForgotten) {
  SimPlan plan = exits(0);
  plan.lines = {{10us, "first\n"}};
  plan.line_every = 100us;
  plan.repeated_line = std::string(3000, 'x') + "\n";
  const core::Answer answer = ask(plan);
  EXPECT_EQ(answer.standing, Standing::ok);
  EXPECT_EQ(answer.detail, "first");
}

TEST_F(ExecProbe, EnvironmentAndDirectoryReachTheProgram) {
  os::Command seen;
  processes_.program("/check", [&](const os::Command& command, core::Random&, unsigned) {
    seen = command;
    return exits(0);
  });
  probes::exec::Settings settings;
  settings.argv = {"/check", "--most", "100"};
  settings.environment = {{"QUEUE", "results"}};
  settings.directory = "/srv";
  EXPECT_EQ(ask_with(settings, 1s).standing, Standing::ok);
  EXPECT_EQ(seen.argv, settings.argv);
  EXPECT_EQ(seen.environment, std::vector<std::string>{"QUEUE=results"});
  EXPECT_EQ(seen.directory, "/srv");
}
