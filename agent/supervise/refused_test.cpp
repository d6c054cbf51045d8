// Of services that may not be ended by us.
#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/supervise/supervisor.hpp"
#include "agent/supervise/test_kit.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace outrider::supervise_testing;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

struct World {
  bool forbidden = true;
  int stops = 0;
  int kills = 0;
  bool dead = false;
};

class ForbiddenActuator final : public actuators::Actuator {
 public:
  ForbiddenActuator(core::Clock& clock, World& world) : clock_(clock), world_(world) {}
  core::Task<core::Outcome<actuators::Started>> start() override {
    world_.dead = false;
    co_return actuators::Started(7, nullptr, nullptr);
  }
  bool stays() const override { return true; }
  core::Outcome<> terminate() override {
    ++world_.stops;
    return {};
  }
  core::Outcome<> kill() override {
    ++world_.kills;
    world_.dead = !world_.forbidden;
    return {};
  }
  std::optional<core::Error> refused() const override {
    if (world_.kills == 0 || !world_.forbidden) return std::nullopt;
    return core::Error(core::Errc::denied, "cannot kill it: the API server answers 403");
  }
  core::Outcome<> signal(int) override { return {}; }
  core::Task<os::Exit> wait() override {
    while (!world_.dead) co_await clock_.sleep(100ms);
    os::Exit how;
    how.signal = 9;
    co_return how;
  }
  std::int64_t pid() const override { return 7; }
  std::string target() const override { return "pod tests-api-0"; }

 private:
  core::Clock& clock_;
  World& world_;
};

class Refused : public testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.service = "tests-api";
    options.settings.budget = {3, 1h};
    Hooks hooks;
    hooks.gave_up = [this](const std::string&) { ++gave_up; };
    supervisor = std::make_unique<Supervisor>(
        options, std::make_unique<ForbiddenActuator>(clock, world),
        Tools{loop.get_executor(), clock, *random, registry, journal, events, log}, std::move(hooks));
    nursery.start(run());
    clock.settle();
    say(core::State::healthy);
    clock.advance(5min);
  }
  core::Task<void> run() { co_await supervisor->run(); }
  void TearDown() override {
    nursery.cancel();
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
  }
  void say(core::State state) {
    core::ServiceVerdict verdict;
    verdict.state = state;
    verdict.why = state == core::State::sick ? "HTTP 503" : "HTTP 200";
    supervisor->hear(verdict);
    clock.settle();
  }
  std::string ask() {
    std::string answer = "no answer yet";
    auto work = [](Supervisor& to, std::string& into) -> core::Task<void> {
      core::Operator alice{"alice", "rights are given"};
      const auto outcome = co_await to.restart(std::move(alice), false);
      into = outcome ? *outcome : outcome.error().what;
    };
    async::Nursery asking(loop.get_executor());
    asking.start(work(*supervisor, answer));
    clock.advance(1min);
    EXPECT_EQ(asking.size(), 0u);
    return answer;
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  prometheus::Registry registry;
  Lines journal{true};
  Sentences events;
  os::CapturedLog log;
  World world;
  int gave_up = 0;
  std::unique_ptr<Supervisor> supervisor;
  async::Nursery nursery{loop.get_executor()};
};

}  // namespace

TEST_F(Refused, IsDecidedOnceAndHandedToAHuman) {
  say(core::State::sick);
  clock.advance(6h);
  EXPECT_EQ(world.stops, 1);
  EXPECT_EQ(world.kills, 1);
  const core::ServiceStatus status = supervisor->status();
  EXPECT_EQ(status.phase, "running") << "it lives";
  EXPECT_EQ(status.rung, "human");
  EXPECT_EQ(status.restarts_total, 0u);
  EXPECT_EQ(gave_up, 1);
  EXPECT_EQ(
      events.count("cannot be ended (cannot kill it: the API server answers 403): it is handed to a human"),
      1);
  EXPECT_EQ(journal.lines.back(), "failed: cannot kill it: the API server answers 403");
}

TEST_F(Refused, AnOperatorIsToldAndMayTryAgainWhenTheRightsAreThere) {
  EXPECT_THAT(ask(), HasSubstr("cannot restart tests-api: cannot kill it: the API server answers 403"));
  say(core::State::sick);
  clock.advance(1h);
  EXPECT_EQ(world.kills, 1);
  world.forbidden = false;
  EXPECT_THAT(ask(), HasSubstr("tests-api is executing"));
  EXPECT_EQ(supervisor->status().rung, "restart");
}

TEST_F(Refused, IsTriedAgainAfterItWasHealthy) {
  say(core::State::sick);
  clock.advance(1h);
  say(core::State::healthy);
  clock.advance(1h);
  world.forbidden = false;
  say(core::State::sick);
  clock.advance(1min);
  EXPECT_EQ(supervisor->status().restarts_total, 1u);
}
