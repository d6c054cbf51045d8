// Of services whose keeper is away when they are to be started.
#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/supervise/supervisor.hpp"
#include "agent/supervise/test_kit.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace outrider::supervise_testing;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

// What is kept elsewhere, and outlives the actuator.
struct Keeper {
  bool away = true;
  bool runs = false;
  bool broken = false;
  core::Duration lives = 24h;
  int asked = 0;
  std::vector<core::Instant> at{};
};

class KeptActuator final : public actuators::Actuator {
 public:
  KeptActuator(core::Clock& clock, Keeper& keeper) : clock_(clock), keeper_(keeper) {}
  core::Task<core::Outcome<actuators::Started>> start() override {
    ++keeper_.asked;
    keeper_.at.push_back(clock_.now());
    if (keeper_.away) co_return core::fail(core::Errc::unavailable, "cannot ask the engine: no socket");
    if (keeper_.broken) co_return core::fail(core::Errc::refused, "cannot start it: no such image");
    actuators::Started started(7, nullptr, nullptr);
    started.adopted = std::exchange(keeper_.runs, true);
    co_return started;
  }
  bool stays() const override { return true; }
  core::Outcome<> terminate() override { return {}; }
  core::Outcome<> kill() override { return {}; }
  core::Outcome<> signal(int) override { return {}; }
  core::Task<os::Exit> wait() override {
    co_await clock_.sleep(keeper_.lives);
    keeper_.runs = false;
    os::Exit how;
    how.exited = true;
    how.code = 3;
    co_return how;
  }
  std::int64_t pid() const override { return 7; }
  std::string target() const override { return "container tests-api"; }

 private:
  core::Clock& clock_;
  Keeper& keeper_;
};

class Unasked : public testing::Test {
 protected:
  void begin() {
    options.service = "tests-api";
    options.settings.budget = {2, 1h};
    Hooks hooks;
    hooks.ended = [this](const Ending&) { ++endings; };
    supervisor = std::make_unique<Supervisor>(
        options, std::make_unique<KeptActuator>(clock, keeper),
        Tools{loop.get_executor(), clock, *random, registry, journal, events, log}, std::move(hooks));
    nursery.start(run());
    clock.settle();
  }
  core::Task<void> run() { co_await supervisor->run(); }
  void TearDown() override {
    nursery.cancel();
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
  }
  core::ServiceStatus status() { return supervisor->status(); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  prometheus::Registry registry;
  Lines journal;
  Sentences events;
  os::CapturedLog log;
  Keeper keeper;
  Options options;
  int endings = 0;
  std::unique_ptr<Supervisor> supervisor;
  async::Nursery nursery{loop.get_executor()};
};

const std::string told = "may run or not, since nobody could be asked: cannot ask the engine: no socket";

}  // namespace

TEST_F(Unasked, ItIsNoFailedStartHoweverLongItLasts) {
  begin();
  clock.advance(6h);
  EXPECT_GT(keeper.asked, 100);
  EXPECT_EQ(status().phase, "waiting");
  EXPECT_EQ(status().budget_left, 2u);
  EXPECT_EQ(status().state, core::State::unknown);
  EXPECT_THAT(status().last_decision, HasSubstr(told));
  EXPECT_EQ(status().last_exit, "") << "nothing is known to have ended";
  EXPECT_EQ(endings, 0) << "and so it is no incident";
  EXPECT_EQ(events.count("nobody could be asked"), 1);
  EXPECT_EQ(log.count(core::Level::warn), 1u);
  EXPECT_THAT(journal.lines, testing::ElementsAre("intent start"));
}

TEST_F(Unasked, ItGoesOnByItselfSoonAfterItsKeeperIsBack) {
  keeper.runs = true;
  begin();
  clock.advance(6h);
  keeper.away = false;
  clock.advance(31s);
  EXPECT_EQ(events.count("runs already and is taken over"), 1);
  EXPECT_EQ(status().budget_left, 2u);
  EXPECT_EQ(status().restarts_total, 0u) << "it is the first start still";
  EXPECT_THAT(journal.lines, testing::ElementsAre("intent start", "done"));
}

TEST_F(Unasked, ItIsAskedLaterAndLater) {
  begin();
  clock.advance(1min);
  ASSERT_GE(keeper.at.size(), 5u);
  for (std::size_t i = 2; i < 5; ++i)
    EXPECT_GT(keeper.at[i] - keeper.at[i - 1], keeper.at[i - 1] - keeper.at[i - 2]) << i;
}

TEST_F(Unasked, ARestartIsPaidForOnceHoweverOftenItIsTried) {
  keeper.away = false;
  keeper.lives = 2h;
  begin();
  clock.advance(2h - 1s);
  keeper.away = true;
  clock.advance(30min);
  EXPECT_EQ(status().budget_left, 1u);
  EXPECT_EQ(endings, 1);
  keeper.away = false;
  clock.advance(5min);
  EXPECT_EQ(status().phase, "running");
  EXPECT_EQ(status().restarts_total, 1u);
  EXPECT_EQ(status().budget_left, 1u);
  EXPECT_THAT(journal.lines, testing::ElementsAre("intent start", "done", "intent restart", "done"));
}

TEST_F(Unasked, AStartThatFailsAfterwardsDoesCostTheBudget) {
  begin();
  clock.advance(1h);
  keeper.away = false;
  keeper.broken = true;
  clock.advance(5min);
  EXPECT_EQ(status().phase, "given up");
  EXPECT_EQ(events.count("all 2 restarts of the budget are spent"), 1);
}

TEST_F(Unasked, EndingMeanwhileDoesNotSayThatItIsDown) {
  begin();
  clock.advance(1h);
  nursery.cancel();
  clock.advance(1s);
  EXPECT_EQ(events.count("nobody knows whether tests-api runs"), 1);
  EXPECT_EQ(events.count("is down"), 0);
}
