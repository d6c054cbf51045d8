// What comes after a restart, and what it needs before: the ladder, the fleet's lease, maintenance.
#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/supervise/supervisor.hpp"
#include "agent/supervise/test_kit.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace outrider::supervise_testing;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

const std::string program = "/usr/bin/tests-api";

struct NoJournal final : core::Journal {
  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override {
    deeds.push_back(deed.action);
    co_return 1u;
  }
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool, std::string) override {
    co_return core::Outcome<>();
  }
  std::vector<std::string> deeds;
};

// What the lease says next.
struct Board {
  std::string held_by;  // another one; empty: nobody
  bool dead = false;
  std::string record;
  std::uint64_t token = 0;
  int taken = 0, given_back = 0;
  bool ours = false;
};

class BoardLease final : public leases::Lease {
 public:
  explicit BoardLease(Board& board) : board_(board) {}
  core::Task<core::Outcome<leases::Held>> take(std::string, core::Duration) override {
    if (board_.dead) co_return core::fail(core::Errc::unavailable, "etcd does not answer");
    if (!board_.held_by.empty())
      co_return core::fail(core::Errc::busy, "fleet/api is held by " + board_.held_by);
    ++board_.taken;
    board_.ours = true;
    co_return leases::Held{++board_.token, board_.record};
  }
  core::Task<core::Outcome<>> write(std::string record) override {
    board_.record = std::move(record);
    co_return core::Outcome<>();
  }
  core::Task<core::Outcome<>> give_back() override {
    ++board_.given_back;
    board_.ours = false;
    co_return core::Outcome<>();
  }
  std::string target() const override { return "fleet/api"; }

 private:
  Board& board_;
};

class ChildActuator final : public actuators::Actuator {
 public:
  ChildActuator(os::Processes& processes, int& recreated, std::string& reason)
      : processes_(processes), recreated_(recreated), reason_(reason) {}
  void give_reason(std::string why) override { reason_ = std::move(why); }
  core::Task<core::Outcome<actuators::Started>> start() override {
    process_.reset();
    os::Command command;
    command.argv = {program};
    auto started = co_await processes_.start(std::move(command));
    if (!started) co_return core::fail(started.error());
    process_ = std::move(*started);
    co_return actuators::Started(process_->pid(), nullptr, nullptr);
  }
  core::Task<core::Outcome<actuators::Started>> recreate() override {
    ++recreated_;
    return start();
  }
  core::Outcome<> terminate() override { return process_->signal_group(SIGTERM); }
  core::Outcome<> kill() override { return process_->signal_group(SIGKILL); }
  core::Outcome<> signal(int number) override { return process_->signal(number); }
  core::Task<os::Exit> wait() override { co_return co_await process_->wait(); }
  std::int64_t pid() const override { return process_ ? process_->pid() : 0; }
  std::string target() const override { return program; }

 private:
  os::Processes& processes_;
  int& recreated_;
  std::string& reason_;
  std::unique_ptr<os::Process> process_;
};

class AfterwardsTest : public testing::Test {
 protected:
  void begin(bool with_lease = false) {
    processes.program(program, [this](const os::Command&, core::Random&, unsigned) { return plan; });
    options.service = "tests-api";
    options.holder = "tests-api on host-1";
    options.settings.budget = {100, 1h};
    options.settings.backoff = {10ms, 20ms};
    if (with_lease) {
      if (!options.settings.fleet) options.settings.fleet.emplace();
      options.lease = std::make_shared<BoardLease>(board);
    }
    Hooks hooks;
    hooks.gave_up = [this](const std::string& why) { given_up.push_back(why); };
    supervisor = std::make_unique<Supervisor>(
        options, std::make_unique<ChildActuator>(processes, recreated, reason),
        Tools{loop.get_executor(), clock, *random, registry, journal, events, log}, std::move(hooks));
    nursery.start(run());
    clock.settle();
    say(core::State::healthy);
    clock.advance(5min);
  }
  void TearDown() override {
    nursery.cancel();
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
    EXPECT_FALSE(board.ours);
  }
  core::Task<void> run() { co_await supervisor->run(); }

  void say(core::State state, bool saturated = false) {
    core::ServiceVerdict verdict;
    verdict.state = state;
    verdict.why = state == core::State::sick ? "HTTP 503" : "HTTP 200";
    verdict.saturated = saturated;
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
    return answer;
  }
  std::string metrics() { return prometheus::TextSerializer().Serialize(registry.Collect()); }
  std::size_t starts() { return processes.starts().size(); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  prometheus::Registry registry;
  NoJournal journal;
  Sentences events;
  os::CapturedLog log;
  Board board;
  Options options;
  os::SimPlan plan;
  std::unique_ptr<Supervisor> supervisor;
  async::Nursery nursery{loop.get_executor()};
  std::vector<std::string> given_up;
  int recreated = 0;
  std::string reason;  // of the last stop
};

}  // namespace

TEST_F(AfterwardsTest, RestartsThatMendNothingEndWithAHumanAndAHealthyMinuteForgetsThem) {
  begin();
  for (int i = 0; i < 8; ++i) {
    say(core::State::sick);
    clock.advance(1s);
  }
  EXPECT_EQ(starts(), 5u) << "the first, three restarts, a recreation";
  EXPECT_EQ(recreated, 1);
  EXPECT_THAT(reason, HasSubstr("tests-api is killed and made anew, since 3 restarts did not mend it"));
  EXPECT_THAT(journal.deeds, testing::ElementsAre("start", "restart", "restart", "restart", "recreate"));
  EXPECT_THAT(events.text, HasSubstr("the restart of tests-api has not mended it: it is sick again"));
  EXPECT_THAT(events.text, HasSubstr("it is handed to a human"));
  EXPECT_EQ(given_up.size(), 1u);
  EXPECT_EQ(supervisor->status().rung, "human");
  EXPECT_THAT(metrics(), HasSubstr("outrider_supervise_rung{rung=\"human\",service=\"tests-api\"} 1"));
  EXPECT_THAT(metrics(), HasSubstr("why=\"handed_over\"} 1"));
  EXPECT_THAT(metrics(), HasSubstr("verifications_total{found=\"sick\",service=\"tests-api\"} 4"));
  say(core::State::healthy);
  clock.advance(2min);
  EXPECT_EQ(supervisor->status().rung, "restart");
  say(core::State::sick);
  clock.advance(1s);
  EXPECT_EQ(starts(), 6u);
}

TEST_F(AfterwardsTest, AnOperatorsRestartBeginsTheLadderAnew) {
  begin();
  for (int i = 0; i < 8; ++i) {
    say(core::State::sick);
    clock.advance(1s);
  }
  EXPECT_THAT(ask(), HasSubstr("tests-api is executing"));
  EXPECT_EQ(supervisor->status().rung, "restart");
}

TEST_F(AfterwardsTest, ARestartWhoseOutcomeNobodyKnowsHasNotHelped) {
  begin();
  say(core::State::sick);
  clock.advance(options.warm_up + 1s);
  EXPECT_THAT(events.text, HasSubstr("has not mended it: its health is not known"));
  EXPECT_THAT(metrics(), HasSubstr("verifications_total{found=\"unknown\",service=\"tests-api\"} 1"));
  clock.advance(1h);
  EXPECT_EQ(starts(), 2u) << "unknown is no reason to act";
}

TEST_F(AfterwardsTest, TheLeaseIsHeldFromTheDecisionUntilTheFirstVerdict) {
  begin(true);
  EXPECT_EQ(board.taken, 0) << "a first start needs none";
  say(core::State::sick);
  clock.advance(1s);
  EXPECT_EQ(starts(), 2u);
  EXPECT_TRUE(board.ours);
  EXPECT_THAT(metrics(), HasSubstr("outrider_supervise_lease_held{service=\"tests-api\"} 1"));
  say(core::State::healthy);
  EXPECT_FALSE(board.ours);
  EXPECT_EQ(board.given_back, 1);
  EXPECT_THAT(metrics(), HasSubstr("lease_requests_total{result=\"taken\",service=\"tests-api\"} 1"));
}

TEST_F(AfterwardsTest, AnotherHolderIsNamedAndWaitedFor) {
  begin(true);
  board.held_by = "tests-api on host-2";
  say(core::State::sick);
  clock.advance(3min);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(supervisor->status().last_decision, HasSubstr("fleet/api is held by tests-api on host-2"));
  EXPECT_THAT(metrics(), HasSubstr("restarts_refused_total{service=\"tests-api\",why=\"lease\"} 1"));
  EXPECT_THAT(ask(), HasSubstr("cannot restart tests-api: the fleet's lease cannot be had"));
  board.held_by.clear();
  clock.advance(15s);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(AfterwardsTest, ALeaseThatCannotBeAskedForIsNotHeldAndAnOperatorMayInsist) {
  begin(true);
  board.dead = true;
  say(core::State::sick);
  clock.advance(3min);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(metrics(), HasSubstr("why=\"lease_unknown\"} 1"));
  EXPECT_THAT(ask(true), HasSubstr("tests-api is executing"));
  EXPECT_EQ(starts(), 2u);
}

TEST_F(AfterwardsTest, ADeadChildNeedsNoLease) {
  begin(true);
  board.dead = true;
  processes.end_all(program, os::SimPlan::crashed(SIGSEGV));
  clock.advance(1s);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(AfterwardsTest, TheFleetsBudgetCountsTheRestartsOfAll) {
  options.settings.fleet.emplace();
  options.settings.fleet->budget = config::Budget{2, 1h};
  begin(true);
  for (int i = 0; i < 3; ++i) {
    say(core::State::sick);
    clock.advance(1s);
    say(core::State::healthy);
    clock.advance(2min);
  }
  EXPECT_EQ(starts(), 3u);
  EXPECT_EQ(board.taken, board.given_back);
  say(core::State::sick);
  clock.advance(1s);
  EXPECT_THAT(supervisor->status().last_decision,
              HasSubstr("all 2 restarts of the fleet's budget are spent, and the next is in"));
  EXPECT_THAT(metrics(), HasSubstr("why=\"fleet_budget\"} "));
  EXPECT_THAT(metrics(), Not(HasSubstr("why=\"fleet_budget\"} 0")));
  clock.advance(1h);
  EXPECT_EQ(starts(), 4u);
}

TEST_F(AfterwardsTest, WhoGetsWellWhileTheLeaseIsTakenIsLeftAlone) {
  begin(true);
  board.held_by = "tests-api on host-2";
  say(core::State::sick);
  say(core::State::healthy);
  board.held_by.clear();
  clock.advance(1min);
  EXPECT_EQ(starts(), 1u);
  EXPECT_EQ(board.taken, 0);
}

TEST_F(AfterwardsTest, ADeadChildStaysDownForTheMaintenanceAndIsStartedAfterIt) {
  begin();
  supervisor->heed({"until 03:00 (kernel update)", "", ""});
  processes.end_all(program, os::SimPlan::exited(1));
  clock.advance(1h);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(events.text, HasSubstr("it stays down until that is over"));
  EXPECT_THAT(metrics(), HasSubstr("why=\"maintenance\"} 1"));
  supervisor->heed({});
  clock.advance(1s);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(AfterwardsTest, AFreezeSparesTheLivingAndKeepsTheDeadFromNothing) {
  begin();
  supervisor->heed({"", "until 2026-06-12T16:00:00Z (exams)", ""});
  say(core::State::sick);
  clock.advance(1h);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(supervisor->status().last_decision, HasSubstr("actions are frozen until 2026-06-12"));
  processes.end_all(program, os::SimPlan::exited(1));
  clock.advance(1s);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(AfterwardsTest, ASaturatedServiceIsLeftAloneAsLongAsConfigured) {
  begin();
  say(core::State::sick, true);
  clock.advance(9min + 50s);
  EXPECT_EQ(starts(), 1u);
  EXPECT_THAT(metrics(), HasSubstr("why=\"saturation\"} 1"));
  clock.advance(15s);
  EXPECT_EQ(starts(), 2u);
}
