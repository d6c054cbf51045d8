#include "agent/actuators/systemd/unit.hpp"

#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators::systemd;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

Properties active() {
  return {{"LoadState", "loaded"},  {"ActiveState", "active"}, {"SubState", "running"},
          {"InvocationID", "ab12"}, {"MainPID", "4711"},       {"Result", "success"}};
}

Properties failed(const std::string& result, const std::string& code, const std::string& status) {
  return {{"LoadState", "loaded"},  {"ActiveState", "failed"}, {"SubState", "failed"},
          {"InvocationID", "ab12"}, {"MainPID", "0"},          {"Result", result},
          {"ExecMainCode", code},   {"ExecMainStatus", status}};
}

std::string ending(const Properties& properties) { return seen_of(properties).how.sentence(); }

}  // namespace

TEST(SystemdUnit, AnActiveUnitRunsAndIsKnownByItsInvocation) {
  const auto seen = seen_of(active());
  EXPECT_TRUE(seen.runs);
  EXPECT_EQ(seen.pid, 4711);
  EXPECT_EQ(seen.identity, "ab12");
  EXPECT_EQ(seen.sentence, "is active (running)");
}

TEST(SystemdUnit, WhatIsBeingStartedOrStoppedStillRuns) {
  for (const char* state : {"activating", "deactivating", "reloading"}) {
    Properties properties = active();
    properties["ActiveState"] = state;
    EXPECT_TRUE(seen_of(properties).runs) << state;
  }
}

TEST(SystemdUnit, WhatSystemdRestartsComesBack) {
  Properties properties = failed("exit-code", "1", "3");
  properties["ActiveState"] = "activating";
  properties["SubState"] = "auto-restart";
  const auto seen = seen_of(properties);
  EXPECT_FALSE(seen.runs);
  EXPECT_TRUE(seen.comes_back);
}

TEST(SystemdUnit, HowItEndedIsSystemdsWord) {
  EXPECT_EQ(ending(failed("exit-code", "1", "3")), "exited with code 3");
  EXPECT_EQ(ending(failed("success", "1", "0")), "exited with code 0");
  EXPECT_EQ(ending(failed("signal", "2", "9")), "killed by signal 9 (SIGKILL)");
  EXPECT_EQ(ending(failed("core-dump", "3", "11")), "killed by signal 11 (SIGSEGV), core dumped");
  EXPECT_EQ(ending(failed("oom-kill", "2", "9")), "killed by signal 9 (SIGKILL), out of memory");
  EXPECT_EQ(ending(failed("watchdog", "3", "6")),
            "killed by signal 6 (SIGABRT), core dumped: systemd says watchdog");
  EXPECT_EQ(ending(failed("timeout", "0", "0")), "ended, how is not known: systemd says timeout");
}

TEST(SystemdUnit, WhyItCannotBeStartedIsSaid) {
  EXPECT_THAT(why_not(failed("start-limit-hit", "1", "1")), HasSubstr("StartLimitBurst"));
  Properties properties = active();
  properties["LoadState"] = "masked";
  EXPECT_THAT(why_not(properties), HasSubstr("masked"));
  properties["LoadState"] = "not-found";
  EXPECT_THAT(why_not(properties), HasSubstr("no unit of that name"));
  EXPECT_EQ(why_not(active()), "");
}

TEST(SystemdUnit, NothingThatIsSaidIsNotRunning) {
  EXPECT_FALSE(seen_of({}).runs);
  EXPECT_TRUE(seen_of({}).how.unknown);
}

TEST(SystemdBus, PathsAreWhatSystemdMakesOfNames) {
  EXPECT_EQ(path_of("tests-api.service"), "/org/freedesktop/systemd1/unit/tests_2dapi_2eservice");
  EXPECT_EQ(path_of("9p@a.service"), "/org/freedesktop/systemd1/unit/_39p_40a_2eservice");
}

TEST(SystemdBus, ABusThatIsNotThereIsAnErrorThatNamesIt) {
  core::Error error;
  async::run_here([&](async::Executor) -> core::Task<void> {
    const auto clock = os::make_clock();
    auto opening = Bus::open(*clock, "unix:path=/no/such/bus", "tests-api.service", 1s);
    const auto bus = co_await std::move(opening);
    if (!bus) error = bus.error();
  });
  EXPECT_THAT(error.what, HasSubstr("/no/such/bus"));
}
