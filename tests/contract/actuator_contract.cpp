#include "agent/actuators/shelf.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "tests/contract/actuator_worlds.hpp"

#include <csignal>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::contract;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const actuators::Shelf& shelf() {
  static const actuators::Shelf filled = [] {
    actuators::Shelf made;
    actuators::fill(made);
    return made;
  }();
  return filled;
}

// As much of a configuration as an example needs.
struct Restart {
  actuators::Maker make;
  std::string kind;
  core::Duration stop_timeout = 10s;
};
using Words = std::vector<std::pair<std::string, std::string>>;
struct Health {
  std::vector<std::pair<std::string, Words>> probes;
  Restart restart;
};
struct Example {
  Health health;
};

config::Kind<Example> example_kind() {
  const auto restart =
      config::Object<Restart>()
          .one_of(&Restart::make, config::alternatives(shelf().entries()), "what", &Restart::kind)
          .optional("stop_timeout", &Restart::stop_timeout, config::duration(1ms, 1h), "how long")
          .kind();
  const auto health =
      config::Object<Health>()
          .optional("probes", &Health::probes, config::map_of(config::map_of(config::text())), "who")
          .required("restart", &Health::restart, restart, "what")
          .kind();
  return config::Object<Example>().required("health", &Example::health, health, "how");
}

class ActuatorContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(actuator_scenes().contains(GetParam()))
        << "give " << GetParam() << " a place in tests/contract/actuator_worlds.cpp";
  }
  const ActuatorScene& scene() const { return actuator_scenes().find(GetParam())->second; }

  void make() {
    const std::string text = "health: {restart: {" + GetParam() + ": " + scene().value(scratch) + "}}\n";
    auto loaded = config::load_text("good.yaml", text, example_kind(), config::empty_environment());
    ASSERT_TRUE(loaded) << loaded.report.text();
    const actuators::Tools tools{clock, processes, &far, {}, &files, pool.get()};
    actuator = loaded.value->health.restart.make(tools, {});
  }

  core::Task<void> start_it() {
    const auto outcome = co_await actuator->start();
    adopted = outcome && outcome->adopted;
    problem = outcome ? "" : outcome.error().what;
    is_over = true;
    if (outcome) nursery.start(wait_for_it());
  }
  core::Task<void> wait_for_it() {
    how.reset();
    how = co_await actuator->wait();
  }
  void start() {
    problem = "nothing was said yet";
    is_over = false;
    nursery.start(start_it());
    clock.advance(10s);
  }
  void TearDown() override {
    nursery.cancel();
    clock.advance(1s);
    EXPECT_EQ(nursery.size(), 0u) << "cancelled, it must end";
  }

  os::Scratch scratch;
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  os::SimFiles files;
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  FarService far{clock};
  ActuatorWorld world{processes, far, scratch};
  async::Nursery nursery{loop.get_executor()};
  std::unique_ptr<actuators::Actuator> actuator;
  bool adopted = false;
  bool is_over = false;
  std::string problem;
  std::optional<os::Exit> how;
};

}  // namespace

TEST_P(ActuatorContract, ItsExampleIsAConfiguration) {
  const std::string path = "agent/actuators/" + GetParam() + "/example.yaml";
  const auto loaded = config::load_file(path, example_kind(), config::process_environment());
  ASSERT_TRUE(loaded) << loaded.report.text();
  EXPECT_EQ(loaded.value->health.restart.kind, GetParam());
}

TEST_P(ActuatorContract, BadValuesAreRefusedByTheirKey) {
  for (const BadValue& bad : scene().bad) {
    const std::string text = "health: {restart: {" + GetParam() + ": " + bad.yaml + "}}\n";
    const auto loaded = config::load_text("bad.yaml", text, example_kind(), config::empty_environment());
    ASSERT_FALSE(loaded) << bad.yaml;
    EXPECT_THAT(loaded.report.text(), HasSubstr(bad.names)) << bad.yaml;
  }
}

TEST_P(ActuatorContract, BeforeItRunsThereIsNothingToSignal) {
  make();
  for (const auto& outcome : {actuator->terminate(), actuator->kill(), actuator->signal(SIGHUP)}) {
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().what, testing::StartsWith("cannot "));
  }
  EXPECT_EQ(actuator->pid(), 0);
  EXPECT_FALSE(actuator->target().empty());
}

TEST_P(ActuatorContract, ItStartsIsTakenDownAndStartsAgain) {
  if (!scene().well) GTEST_SKIP() << "tested with the real thing";
  scene().well(world);
  make();
  for (int round = 0; round < 3; ++round) {
    start();
    ASSERT_EQ(problem, "") << round;
    EXPECT_FALSE(adopted);
    EXPECT_FALSE(how) << "it runs";
    ASSERT_TRUE(actuator->terminate());
    clock.advance(10s);
    ASSERT_TRUE(how) << round;
  }
}

TEST_P(ActuatorContract, WhatStaysIsAdoptedByTheNext) {
  if (!scene().well) GTEST_SKIP() << "tested with the real thing";
  scene().well(world);
  make();
  if (!actuator->stays()) GTEST_SKIP() << "it ends with its agent";
  far.runs = true;
  start();
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(adopted);
  EXPECT_EQ(far.starts, 0);
}

TEST_P(ActuatorContract, SilenceCostsItsLimitAndIsNoEnd) {
  if (!scene().silent) GTEST_SKIP() << "there is nobody to be silent";
  scene().silent(world);
  make();
  nursery.start(start_it());
  clock.advance(5min);
  EXPECT_TRUE(is_over) << "it waits without an end";
  EXPECT_THAT(problem, testing::StartsWith("cannot "));
  EXPECT_EQ(processes.alive("/is-up"), 0u);
}

TEST_P(ActuatorContract, MayBeCancelledAtAnyMoment) {
  for (const auto& set : {scene().well, scene().silent}) {
    if (!set) continue;
    for (int moment = 0; moment < 20; ++moment) {
      const std::size_t before = open_descriptors();
      set(world);
      const std::size_t own = open_descriptors() - before;  // of the scene
      make();
      {
        async::Nursery work(loop.get_executor());
        auto one = [](actuators::Actuator& of) -> core::Task<void> {
          const auto started = co_await of.start();
          if (started) (void)co_await of.wait();
        };
        work.start(one(*actuator));
        clock.advance(moment * 700ms);
        work.cancel();
        clock.advance(1ms);
        ASSERT_EQ(work.size(), 0u) << moment;
      }
      actuator.reset();
      ASSERT_LE(open_descriptors(), before + own) << moment;
      std::error_code ignored;
      std::filesystem::remove(scratch / "bus", ignored);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shelf, ActuatorContract, testing::ValuesIn(names_on<actuators::Maker>(shelf())),
                         [](const auto& entry) { return entry.param; });
