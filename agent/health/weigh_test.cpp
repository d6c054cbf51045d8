#include "agent/health/weigh.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::health;
using core::Standing;
using core::State;

namespace {

ProbeView own(std::string name, State state, Role role = Role::live) {
  ProbeView view;
  view.name = std::move(name);
  view.role = role;
  view.state = state;
  view.last = state == State::healthy ? Standing::ok
              : state == State::sick  ? Standing::not_ok
                                      : Standing::unknown;
  view.why = "says so";
  return view;
}

ProbeView dependency(std::string name, State state, std::vector<std::string> causes = {}) {
  ProbeView view = own(std::move(name), state);
  view.dependency = true;
  view.causes = std::move(causes);
  return view;
}

}  // namespace

TEST(Roles, AReadinessThatFailsLeavesTheServiceAlive) {
  const auto verdict = weigh(std::vector{own("live", State::healthy), own("warm", State::sick, Role::ready)});
  EXPECT_EQ(verdict.state, State::healthy);
  EXPECT_EQ(verdict.why, "the probe of its life is ok");
  EXPECT_EQ(verdict.readiness, State::sick);
  EXPECT_EQ(verdict.not_ready_because, "warm says so");
}

TEST(Roles, ReadinessAloneSaysNothingOfLifeWhenItFails) {
  EXPECT_EQ(weigh(std::vector{own("warm", State::healthy, Role::ready)}).state, State::healthy);
  const auto verdict = weigh(std::vector{own("warm", State::sick, Role::ready)});
  EXPECT_EQ(verdict.state, State::unknown);
  EXPECT_EQ(verdict.why, "no probe asks whether it lives, and it is not ready: warm says so");
}

TEST(Roles, WhereNothingAsksForReadinessItIsNotKnown) {
  EXPECT_EQ(weigh(std::vector{own("live", State::healthy)}).readiness, State::unknown);
}

TEST(Roles, UntilTheStartUpIsOverNothingElseCounts) {
  std::vector probes{own("begun", State::unknown, Role::startup), own("live", State::sick)};
  EXPECT_EQ(weigh(probes).state, State::unknown);
  EXPECT_EQ(weigh(probes).why, "it is starting: begun says so");
  probes[0] = own("begun", State::sick, Role::startup);
  EXPECT_EQ(weigh(probes).why, "it has not started: begun says so");
  EXPECT_EQ(weigh(probes).state, State::sick);
  probes[0] = own("begun", State::healthy, Role::startup);
  EXPECT_EQ(weigh(probes).why, "live says so");
}

TEST(Saturation, IsToldApartFromDeathByWhatItSaysOfItself) {
  std::vector probes{own("live", State::sick), own("port", State::healthy)};
  EXPECT_FALSE(weigh(probes).saturated);
  probes[0].busy = true;
  EXPECT_TRUE(weigh(probes).saturated);
  probes.push_back(own("queue", State::sick));
  EXPECT_FALSE(weigh(probes).saturated) << "another one is sick without that excuse";
}

TEST(Saturation, LateIsNotDeadWhileSomethingStillAnswers) {
  std::vector probes{own("live", State::sick), own("port", State::healthy)};
  probes[0].late = true;
  EXPECT_FALSE(weigh(probes).saturated)
      << "that a port is open says nothing: the kernel accepts for the dead";
  probes[1].spoke = true;
  EXPECT_TRUE(weigh(probes).saturated);
  probes[1].dependency = true;
  EXPECT_FALSE(weigh(probes).saturated) << "that is somebody else";
  probes[1].dependency = probes[1].spoke = false;
  probes[0].spoke = true;
  EXPECT_FALSE(weigh(probes).saturated) << "its own last answer is the late one";
}

TEST(RootCause, ComesFromTheFarEnd) {
  const std::vector probes{own("live", State::sick),
                           dependency("api", State::sick, {"tests-api", "postgres"})};
  const auto verdict = weigh(probes);
  EXPECT_EQ(verdict.causes, (std::vector<std::string>{"tests-api", "postgres"}));
  EXPECT_EQ(verdict.explained_by(), "tests-api (because of postgres)");
}

TEST(RootCause, ASickDependencyGoesBeforeOneThatOnlyFailedItsLastQuestion) {
  std::vector probes{own("live", State::sick), dependency("cache", State::healthy),
                     dependency("postgres", State::sick)};
  probes[1].last = Standing::not_ok;
  EXPECT_EQ(weigh(probes).explained_by(), "postgres");
}

TEST(RootCause, ExplainsAServiceThatIsNotReadyToo) {
  const std::vector probes{own("live", State::healthy), own("warm", State::sick, Role::ready),
                           dependency("postgres", State::sick)};
  EXPECT_EQ(weigh(probes).explained_by(), "postgres");
  EXPECT_EQ(
      weigh(std::vector{own("live", State::healthy), dependency("postgres", State::sick)}).causes.size(), 0u)
      << "there is nothing to explain";
}
