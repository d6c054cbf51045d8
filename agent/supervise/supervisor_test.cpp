#include "agent/supervise/supervisor.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/supervise/test_kit.hpp"

#include <csignal>
#include <functional>

#include <boost/system/system_error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace outrider::supervise_testing;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const std::string program = "/usr/bin/tests-api";

struct MemoryJournal final : core::Journal {
  explicit MemoryJournal(core::Clock& clock) : clock(clock) {}

  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override {
    if (hangs) co_await clock.sleep(24h);
    if (full) co_return core::fail(core::Errc::exhausted, "cannot write to the audit trail: no space left");
    lines.push_back("intent " + deed.actor + " " + deed.action + ": " + deed.reason);
    co_return lines.size();
  }
  core::Task<core::Outcome<>> conclude(std::uint64_t intent, bool succeeded, std::string result) override {
    if (full) co_return core::fail(core::Errc::exhausted, "cannot write to the audit trail: no space left");
    lines.push_back("result " + std::to_string(intent) + (succeeded ? " ok: " : " failed: ") + result);
    co_return core::Outcome<>();
  }

  core::Clock& clock;
  bool full = false;
  bool hangs = false;
  std::vector<std::string> lines;
};

// A child on an actuator over simulated processes; what `plan` says is what each start becomes.
class ProcessActuator final : public actuators::Actuator {
 public:
  explicit ProcessActuator(os::Processes& processes) : processes_(processes) {}
  core::Task<core::Outcome<actuators::Started>> start() override {
    process_.reset();
    os::Command command;
    command.argv = {program};
    auto started = co_await processes_.start(std::move(command));
    if (!started) co_return core::fail(started.error());
    process_ = std::move(*started);
    co_return actuators::Started(process_->pid(), process_->take_output(), process_->take_errors());
  }
  core::Outcome<> terminate() override { return process_->signal_group(SIGTERM); }
  core::Outcome<> kill() override { return process_->signal_group(SIGKILL); }
  core::Outcome<> signal(int number) override { return process_->signal(number); }
  core::Task<os::Exit> wait() override { co_return co_await process_->wait(); }
  std::int64_t pid() const override { return process_ ? process_->pid() : 0; }
  std::string target() const override { return program; }

 private:
  os::Processes& processes_;
  std::unique_ptr<os::Process> process_;
};

class SupervisorTest : public testing::Test {
 protected:
  void begin() {
    processes.program(program,
                      [this](const os::Command&, core::Random&, unsigned start) { return plan(start); });
    const Tools tools{loop.get_executor(), clock, *random, registry, journal, events, log};
    Hooks hooks;
    hooks.output = [this](auto output, auto) { outputs += output != nullptr; };
    hooks.started = [this] { ++begun; };
    options.service = "tests-api";
    supervisor =
        std::make_unique<Supervisor>(options, std::make_unique<ProcessActuator>(processes), tools, hooks);
    nursery.start(run());
    clock.settle();
  }

  core::Task<void> run() {
    status = co_await supervisor->run();
    over = true;
  }

  void end() {
    nursery.cancel();
    clock.advance(1min);
    EXPECT_TRUE(over);
    EXPECT_EQ(nursery.size(), 0u);
    EXPECT_EQ(processes.alive(program), 0u);
  }

  void TearDown() override { end(); }

  void say(core::State state, const std::string& why, const std::string& explained_by = "") {
    core::ServiceVerdict verdict;
    verdict.state = state;
    verdict.why = why;
    if (!explained_by.empty()) verdict.causes = {explained_by};
    supervisor->hear(verdict);
    clock.settle();
  }

  std::string ask(bool insist = false) {
    std::string answer = "no answer yet";
    auto work = [](Supervisor& to, bool even, std::string& into) -> core::Task<void> {
      core::Operator alice{"alice", "new certificate"};
      const auto outcome = co_await to.restart(std::move(alice), even);
      into = outcome ? *outcome : outcome.error().what;
    };
    async::Nursery asking(loop.get_executor());
    asking.start(work(*supervisor, insist, answer));
    clock.advance(2s);
    EXPECT_EQ(asking.size(), 0u);
    return answer;
  }

  std::string metrics() { return prometheus::TextSerializer().Serialize(registry.Collect()); }
  std::string phase() { return supervisor->status().phase; }
  std::string why_restarted() { return supervisor->status().last_restart_reason; }
  std::size_t starts() { return processes.starts().size(); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  prometheus::Registry registry;
  MemoryJournal journal{clock};
  Sentences events;
  os::CapturedLog log;
  Options options;
  std::function<os::SimPlan(unsigned)> plan = [](unsigned) { return os::SimPlan(); };
  std::unique_ptr<Supervisor> supervisor;
  async::Nursery nursery{loop.get_executor()};
  std::optional<int> status;
  bool over = false;
  int outputs = 0;
  int begun = 0;
};

os::SimPlan lives(core::Duration length, os::Exit ends) {
  os::SimPlan plan;
  plan.lives = length;
  plan.ends = ends;
  return plan;
}

os::SimPlan stubborn() { return {.ignores_term = true}; }

}  // namespace

TEST_F(SupervisorTest, StartsTheChildAndHandsOutItsOutput) {
  begin();
  EXPECT_EQ(phase(), "starting");
  EXPECT_EQ(outputs, 1);
  EXPECT_EQ(begun, 1);
  say(core::State::healthy, "HTTP 200");
  EXPECT_EQ(phase(), "running");
  EXPECT_FALSE(supervisor->status().last_restart.has_value()) << "a first start is no restart";
  EXPECT_THAT(journal.lines[0], HasSubstr("intent supervise start: tests-api is started for the first time"));
  EXPECT_THAT(journal.lines[1], HasSubstr("result 1 ok: tests-api is executing as process"));
  EXPECT_THAT(metrics(), HasSubstr("outrider_supervise_child_up{service=\"tests-api\"} 1"));
}

TEST_F(SupervisorTest, ADeadChildIsReplacedAtOnceTheFirstTime) {
  plan = [](unsigned start) {
    return start == 1 ? lives(10s, os::SimPlan::crashed(SIGSEGV)) : os::SimPlan();
  };
  begin();
  clock.advance(10s);
  EXPECT_EQ(starts(), 2u);
  EXPECT_EQ(processes.starts()[1].at - processes.starts()[0].at, 10s);
  EXPECT_EQ(supervisor->status().restarts_total, 1u);
  EXPECT_EQ(supervisor->status().budget_left, 4u);
  EXPECT_THAT(supervisor->status().last_exit, HasSubstr("was killed by signal 11"));
  EXPECT_EQ(supervisor->status().last_restart, clock.wall());
  EXPECT_EQ(why_restarted(), "tests-api was killed by signal 11 (SIGSEGV) after 10s");
  EXPECT_THAT(metrics(),
              HasSubstr("outrider_supervise_restarts_total{cause=\"exit\",service=\"tests-api\"} 1"));
  EXPECT_THAT(metrics(),
              HasSubstr("outrider_supervise_child_exits_total{how=\"signalled\",service=\"tests-api\"} 1"));
  EXPECT_THAT(metrics(), HasSubstr("outrider_supervise_recovery_seconds_count{service=\"tests-api\"} 1"));
}

TEST_F(SupervisorTest, ACrashLoopIsBrokenByTheBudgetAndTriedAgainWhenItRefills) {
  plan = [](unsigned) { return lives(100ms, os::SimPlan::exited(1)); };
  options.settings.budget = {3, 1h};
  begin();
  clock.advance(10min);
  EXPECT_EQ(starts(), 4u);
  EXPECT_EQ(phase(), "given up");
  ASSERT_TRUE(supervisor->status().next_attempt.has_value());
  EXPECT_THAT(events.text, HasSubstr("all 3 restarts of the budget are spent"));
  EXPECT_THAT(metrics(), HasSubstr("restarts_refused_total{service=\"tests-api\",why=\"crash_loop\"} 1"));
  EXPECT_EQ(log.count(core::Level::error), 1u) << "told once";
  clock.advance(51min);
  EXPECT_GE(starts(), 5u) << "the budget refilled";
  EXPECT_LE(starts(), 8u);
}

TEST_F(SupervisorTest, RestartsInARowWaitLongerAndLonger) {
  plan = [](unsigned) { return lives(1s, os::SimPlan::exited(1)); };
  options.settings.budget = {100, 1h};
  begin();
  clock.advance(2min);
  const auto& made = processes.starts();
  ASSERT_GE(made.size(), 6u);
  core::Duration before{};
  for (std::size_t i = 1; i < 6; ++i) {
    const core::Duration wait = made[i].at - made[i - 1].at - 1s;
    EXPECT_GE(wait, i == 1 ? 0s : before) << i;
    before = wait;
  }
  EXPECT_GT(before, 6s);
}

TEST_F(SupervisorTest, ASickChildIsStoppedAndReplacedAndItsVerdictAwaitedAgain) {
  begin();
  say(core::State::healthy, "HTTP 200");
  clock.advance(5min);
  say(core::State::sick, "failed 3 times in a row: HTTP 503");
  clock.advance(1s);
  EXPECT_EQ(starts(), 2u);
  EXPECT_EQ(phase(), "starting");
  EXPECT_EQ(supervisor->status().state, core::State::unknown);
  EXPECT_EQ(why_restarted(), "tests-api was sick: failed 3 times in a row: HTTP 503");
  EXPECT_EQ(journal.lines.size(), 4u);
  EXPECT_THAT(journal.lines[2],
              HasSubstr("intent supervise restart: tests-api is restarted: failed 3 times"));
  EXPECT_THAT(journal.lines[3], HasSubstr("result 3 ok: tests-api is executing"));
  EXPECT_THAT(metrics(),
              HasSubstr("outrider_supervise_restarts_total{cause=\"sick\",service=\"tests-api\"} 1"));
}

TEST_F(SupervisorTest, AChildThatIgnoresSigtermIsKilledWhenItsTimeIsUp) {
  plan = [](unsigned start) { return start == 1 ? stubborn() : os::SimPlan(); };
  begin();
  clock.advance(5min);
  say(core::State::sick, "hangs");
  clock.advance(9s);
  EXPECT_EQ(phase(), "stopping");
  EXPECT_EQ(starts(), 1u);
  clock.advance(2s);
  EXPECT_EQ(starts(), 2u);
  EXPECT_THAT(events.text, HasSubstr("did not end within 10s of SIGTERM"));
}

TEST_F(SupervisorTest, NothingIsRestartedOnUnknownNorForASickDependency) {
  begin();
  clock.advance(5min);
  say(core::State::unknown, "no descriptors");
  clock.advance(1h);
  say(core::State::sick, "HTTP 503", "database");
  clock.advance(1h);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(metrics(), HasSubstr("restarts_refused_total{service=\"tests-api\",why=\"dependency\"} 1"));
  say(core::State::sick, "HTTP 503");
  clock.advance(1s);
  EXPECT_EQ(starts(), 2u) << "the dependency is back and the service still sick";
}

TEST_F(SupervisorTest, ADryRunSaysWhatItWouldDo) {
  options.settings.dry_run = true;
  begin();
  clock.advance(5min);
  say(core::State::sick, "HTTP 503");
  clock.advance(1h);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(supervisor->status().last_decision, HasSubstr("it would be restarted, but this is a dry run"));
}

TEST_F(SupervisorTest, ALivingChildIsNotStoppedWhenTheIntentCannotBeWritten) {
  begin();
  clock.advance(5min);
  journal.full = true;
  say(core::State::sick, "HTTP 503");
  clock.advance(1min);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(metrics(), testing::Not(HasSubstr("why=\"audit\"} 0")));
  EXPECT_THAT(ask(), HasSubstr("cannot restart tests-api: cannot write to the audit trail"));
  journal.full = false;
  clock.advance(6s);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(SupervisorTest, ADeadChildIsReplacedAlsoOnAFullDiskAndTheDeedWrittenLater) {
  plan = [](unsigned start) { return start < 3 ? lives(2min, os::SimPlan::exited(1)) : os::SimPlan(); };
  begin();
  journal.full = true;
  clock.advance(2min);
  EXPECT_EQ(starts(), 2u);
  journal.full = false;
  clock.advance(2min);
  EXPECT_EQ(starts(), 3u);
  EXPECT_THAT(journal.lines, testing::Contains(HasSubstr("written late: cannot write to the audit trail")));
}

TEST_F(SupervisorTest, AHangingDiskDelaysAReplacementByItsDeadlineOnly) {
  plan = [](unsigned start) { return start == 1 ? lives(2min, os::SimPlan::exited(1)) : os::SimPlan(); };
  begin();
  journal.hangs = true;
  clock.advance(2min + 3s);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(SupervisorTest, AnOperatorsRestartAnswersWithWhatWasDone) {
  begin();
  clock.advance(1min);
  EXPECT_THAT(ask(), HasSubstr("tests-api is executing as process"));
  EXPECT_EQ(starts(), 2u);
  EXPECT_EQ(why_restarted(), "alice asks for a restart of tests-api: new certificate");
  EXPECT_THAT(
      journal.lines[2],
      HasSubstr("intent operator alice restart: alice asks for a restart of tests-api: new certificate"));
}

TEST_F(SupervisorTest, AnOperatorWithoutBudgetIsToldAndMayInsist) {
  plan = [](unsigned start) { return start < 3 ? lives(1s, os::SimPlan::exited(1)) : os::SimPlan(); };
  options.settings.budget = {2, 1h};
  begin();
  clock.advance(1min);
  ASSERT_EQ(starts(), 3u);
  EXPECT_THAT(ask(), HasSubstr("all 2 restarts of the budget are spent"));
  EXPECT_EQ(starts(), 3u);
  EXPECT_THAT(ask(true), HasSubstr("tests-api is executing"));
  EXPECT_EQ(starts(), 4u);
}

TEST_F(SupervisorTest, AMissingProgramIsTriedWithinTheBudgetAndSaysWhy) {
  plan = [](unsigned) {
    os::SimPlan missing;
    missing.cannot_start =
        core::Error(core::Errc::not_found, "cannot start /usr/bin/tests-api: No such file");
    return missing;
  };
  options.settings.budget = {2, 1h};
  begin();
  clock.advance(1min);
  EXPECT_EQ(phase(), "given up");
  EXPECT_THAT(supervisor->status().last_exit, HasSubstr("No such file"));
  EXPECT_FALSE(supervisor->status().last_restart.has_value()) << "none came up";
  EXPECT_EQ(starts(), 3u);
}

TEST_F(SupervisorTest, OutriderEndsWithTheChildsOwnStatusWhenToldSo) {
  plan = [](unsigned) { return lives(5s, os::SimPlan::exited(7)); };
  options.settings.when_it_ends = WhenItEnds::exit;
  begin();
  clock.advance(6s);
  EXPECT_TRUE(over);
  EXPECT_EQ(status, 7);
}

TEST_F(SupervisorTest, ASuccessIsLeftAloneWhenOnlyFailuresAreRestarted) {
  plan = [](unsigned) { return lives(5s, os::SimPlan::exited(0)); };
  options.settings.when_it_ends = WhenItEnds::restart_on_failure;
  begin();
  clock.advance(1h);
  EXPECT_EQ(starts(), 1u);
  EXPECT_EQ(phase(), "ended");
}

TEST_F(SupervisorTest, CancelledItStopsTheChildGracefullyThenKillsIt) {
  plan = [](unsigned) { return stubborn(); };
  begin();
  nursery.cancel();
  clock.advance(9s);
  EXPECT_EQ(processes.alive(program), 1u);
  EXPECT_FALSE(over);
  clock.advance(2s);
  EXPECT_TRUE(over);
  EXPECT_FALSE(status.has_value());
  EXPECT_THAT(journal.lines.back(), HasSubstr("was killed by signal 9"));
}

TEST_F(SupervisorTest, CancelledWhileWaitingItStartsNothingMore) {
  plan = [](unsigned) { return lives(1s, os::SimPlan::exited(1)); };
  begin();
  clock.advance(2500ms);
  const auto before = starts();
  nursery.cancel();
  clock.advance(1h);
  EXPECT_TRUE(over);
  EXPECT_EQ(starts(), before);
}
