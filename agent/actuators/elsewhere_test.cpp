#include "agent/actuators/elsewhere.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <csignal>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

// What the world does and what was asked of it; outlives the place.
struct Scene {
  Seen now;
  bool nobody_answers = false;
  core::Errc because = core::Errc::timed_out;
  bool stop_hangs = false;
  std::optional<core::Errc> kill_fails{};
  bool restarts = false;
  std::vector<std::string> asked;
  int starts = 0;
};

class ScenePlace final : public Place {
 public:
  ScenePlace(core::Clock& clock, Scene& scene) : clock_(clock), scene_(scene) {}

  core::Task<core::Outcome<Seen>> look() override {
    if (scene_.nobody_answers) co_return core::fail(scene_.because, "cannot ask: nobody answers");
    co_return scene_.now;
  }
  core::Task<void> news() override { co_await clock_.sleep(1s); }
  core::Task<core::Outcome<>> start() override {
    scene_.asked.emplace_back("start");
    scene_.now.runs = true;
    scene_.now.identity = std::to_string(++scene_.starts);
    scene_.now.pid = 100 + scene_.starts;
    co_return core::Outcome<>();
  }
  core::Task<core::Outcome<>> stop() override {
    scene_.asked.emplace_back("stop");
    if (scene_.stop_hangs) co_await clock_.sleep(24h);
    end();
    co_return core::Outcome<>();
  }
  core::Task<core::Outcome<>> kill() override {
    scene_.asked.emplace_back("kill");
    if (scene_.kill_fails) co_return core::fail(*scene_.kill_fails, "cannot kill it: no");
    end();
    co_return core::Outcome<>();
  }
  core::Task<core::Outcome<>> signal(int number) override {
    scene_.asked.push_back("signal " + std::to_string(number));
    co_return core::Outcome<>();
  }
  void give_reason(std::string why) override { scene_.asked.push_back("because " + why); }
  bool can_restart() const override { return scene_.restarts; }
  core::Task<core::Outcome<>> restart() override {
    auto again = start();
    const auto started = co_await std::move(again);
    scene_.asked.back() = "restart";
    co_return started;
  }
  std::string target() const override { return "unit tests-api.service"; }
  std::string manager() const override { return "systemd"; }

 private:
  void end() {
    scene_.now.runs = false;
    scene_.now.how.signal = SIGTERM;
  }
  core::Clock& clock_;
  Scene& scene_;
};

class Elsewhere : public testing::Test {
 protected:
  void make() {
    Tools tools{clock, processes};
    tools.tell = [this](const std::string& sentence) { told += sentence + "\n"; };
    actuator = make_elsewhere(tools, std::make_unique<ScenePlace>(clock, scene));
  }

  void start() {
    nursery.start(start_it());
    clock.advance(1s);
  }
  core::Task<void> start_it() {
    auto outcome = co_await actuator->start();
    adopted = outcome && outcome->adopted;
    problem = outcome ? "" : outcome.error().what;
    unknown = !outcome && outcome.error().code == core::Errc::unavailable;
    if (outcome) nursery.start(wait_for_it());
  }
  core::Task<void> wait_for_it() {
    how.reset();
    how = co_await actuator->wait();
  }
  void TearDown() override {
    nursery.cancel();
    clock.advance(1s);
    EXPECT_EQ(nursery.size(), 0u);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  async::Nursery nursery{loop.get_executor()};
  Scene scene;
  std::unique_ptr<Actuator> actuator;
  std::string told, problem;
  bool adopted = false, unknown = false;
  std::optional<os::Exit> how;
};

}  // namespace

TEST_F(Elsewhere, WhatRunsIsAdoptedAndStays) {
  scene.now = {.runs = true, .pid = 7, .identity = "first"};
  make();
  start();
  EXPECT_TRUE(adopted);
  EXPECT_TRUE(actuator->stays());
  EXPECT_EQ(actuator->pid(), 7);
  EXPECT_THAT(scene.asked, testing::IsEmpty());
}

TEST_F(Elsewhere, WhatDoesNotRunIsStartedAndItsEndIsSeen) {
  make();
  start();
  EXPECT_FALSE(adopted);
  EXPECT_EQ(actuator->pid(), 101);
  scene.now.runs = false;
  scene.now.how.exited = true;
  scene.now.how.code = 3;
  clock.advance(2s);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->code, 3);
  EXPECT_EQ(actuator->pid(), 0);
}

TEST_F(Elsewhere, ThatNobodyAnswersIsNoEndAndIsToldOnce) {
  make();
  start();
  scene.nobody_answers = true;
  clock.advance(1min);
  EXPECT_FALSE(how);
  EXPECT_EQ(told, "nobody knows whether unit tests-api.service runs: cannot ask: nobody answers\n");
  scene.nobody_answers = false;
  clock.advance(2s);
  EXPECT_FALSE(how);
  scene.nobody_answers = true;
  clock.advance(2s);
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 2) << "a second time is news again";
}

TEST_F(Elsewhere, NothingIsStartedWhenNobodyKnowsWhetherItRuns) {
  scene.nobody_answers = true;
  make();
  start();
  EXPECT_THAT(problem, HasSubstr("cannot start unit tests-api.service: cannot ask"));
  EXPECT_TRUE(unknown) << "it may well run";
  scene.because = core::Errc::denied;
  start();
  EXPECT_TRUE(unknown) << "who may not look knows nothing either";
  EXPECT_THAT(scene.asked, testing::IsEmpty());
  scene.nobody_answers = false;
  scene.now = {.runs = true, .pid = 7, .identity = "first"};
  start();
  EXPECT_TRUE(adopted);
}

TEST_F(Elsewhere, WhatItsManagerRestartsIsToldAndNotFought) {
  make();
  start();
  scene.now.runs = false;
  scene.now.comes_back = true;
  scene.now.sentence = "exited with code 1";
  clock.advance(5s);
  EXPECT_FALSE(how);
  EXPECT_THAT(told, HasSubstr("exited with code 1; systemd starts it again by itself"));
  scene.now = {.runs = true, .pid = 9, .identity = "another", .before = "exited with code 1"};
  clock.advance(2s);
  EXPECT_FALSE(how);
  EXPECT_EQ(actuator->pid(), 9);
  EXPECT_THAT(told,
              HasSubstr("was started anew, and not by outrider: the one before it exited with code 1\n"));
  EXPECT_THAT(scene.asked, testing::ElementsAre("start"));
}

TEST_F(Elsewhere, AStopThatHangsDoesNotHoldTheKill) {
  make();
  scene.stop_hangs = true;
  start();
  ASSERT_TRUE(actuator->terminate());
  clock.advance(10s);
  EXPECT_FALSE(how);
  ASSERT_TRUE(actuator->kill());
  clock.advance(1s);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->signal, SIGTERM);
  EXPECT_THAT(scene.asked, testing::ElementsAre("start", "stop", "kill"));
}

TEST_F(Elsewhere, AKillThatIsRefusedForGoodIsSaidToBe) {
  make();
  start();
  scene.kill_fails = core::Errc::timed_out;
  ASSERT_TRUE(actuator->kill());
  clock.advance(1s);
  EXPECT_FALSE(actuator->refused()) << "the next one may be done";
  scene.kill_fails = core::Errc::denied;
  ASSERT_TRUE(actuator->kill());
  clock.advance(1s);
  ASSERT_TRUE(actuator->refused());
  EXPECT_EQ(actuator->refused()->what, "cannot kill it: no");
  scene.kill_fails.reset();
  ASSERT_TRUE(actuator->kill());
  clock.advance(2s);
  EXPECT_FALSE(actuator->refused());
  EXPECT_TRUE(how);
}

TEST_F(Elsewhere, OneWordForBothRestartsOnce) {
  scene.restarts = true;
  make();
  start();
  ASSERT_TRUE(actuator->terminate());
  clock.advance(1s);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->sentence(), "ended, how is not known: restarted by systemd");
  start();
  EXPECT_FALSE(adopted) << "it was we who started it";
  EXPECT_THAT(scene.asked, testing::ElementsAre("start", "restart"));
}

TEST_F(Elsewhere, ItsPlaceIsToldWhyItIsStopped) {
  make();
  start();
  actuator->give_reason("it is sick");
  ASSERT_TRUE(actuator->terminate());
  clock.advance(1s);
  EXPECT_THAT(scene.asked, testing::ElementsAre("start", "because it is sick", "stop"));
}

TEST_F(Elsewhere, SignalsGoToItsManager) {
  make();
  EXPECT_FALSE(actuator->signal(SIGHUP)) << "nothing runs yet";
  start();
  EXPECT_TRUE(actuator->signal(SIGHUP));
  clock.advance(1s);
  EXPECT_THAT(scene.asked, testing::ElementsAre("start", "signal 1"));
}
