#include "agent/health/judge.hpp"

#include "agent/health/weigh.hpp"

#include <vector>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::health;
using namespace std::chrono_literals;
using core::Standing;
using core::State;

namespace {

const core::Instant start{};

core::Answer answer(Standing standing, const std::string& detail = "refused") {
  core::Answer given;
  given.standing = standing;
  given.detail = detail;
  return given;
}

// Hears one answer a second, from `+` ok, `-` not ok, `?` unknown; gives the last verdict.
core::Verdict hear(Judge& judge, const std::string& answers, core::Instant& now) {
  core::Verdict verdict;
  for (const char sign : answers) {
    now += 1s;
    verdict = judge.hear(answer(sign == '+'   ? Standing::ok
                                : sign == '-' ? Standing::not_ok
                                              : Standing::unknown),
                         now);
  }
  return verdict;
}

Policy prompt() {
  Policy policy;
  policy.warm_up = 0s;
  return policy;
}

State after(const std::string& answers, Policy policy = prompt()) {
  Judge judge(policy, start);
  core::Instant now = start;
  return hear(judge, answers, now).state;
}

ProbeView probe(std::string name, State state, bool dependency = false, Standing last = Standing::ok) {
  ProbeView view;
  view.name = std::move(name);
  view.dependency = dependency;
  view.state = state;
  view.last = last;
  view.why = "says so";
  return view;
}

}  // namespace

TEST(Judge, ThreeFailuresInARowSickenATargetTwoDoNot) {
  EXPECT_EQ(after("+--"), State::healthy);
  EXPECT_EQ(after("+---"), State::sick);
  EXPECT_EQ(after("+--+--"), State::healthy);
}

TEST(Judge, SaysWhyInOneSentence) {
  Judge judge(prompt(), start);
  core::Instant now = start;
  EXPECT_EQ(hear(judge, "+", now).why, "answered once in a row");
  EXPECT_EQ(hear(judge, "-", now).why, "failed 1 of 3 times in a row: refused");
  const auto verdict = hear(judge, "--", now);
  EXPECT_TRUE(verdict.changed);
  EXPECT_EQ(verdict.why, "failed 3 times in a row: refused");
  EXPECT_FALSE(hear(judge, "-", now).changed);
}

TEST(Judge, HealsOnlyAfterTheRunThePolicyAsks) {
  Policy policy = prompt();
  policy.heal_after = 3;
  EXPECT_EQ(after("---++", policy), State::sick);
  EXPECT_EQ(after("---+++", policy), State::healthy);
}

TEST(Judge, AnUnknownAnswerNeitherHealsNorSickensNorBreaksARun) {
  EXPECT_EQ(after("+--?"), State::healthy);
  EXPECT_EQ(after("+--?-"), State::sick);
  EXPECT_EQ(after("---?"), State::sick);
  EXPECT_EQ(after("??????????"), State::unknown);
}

TEST(Judge, ALongRunOfUnknownMakesItUnknownAndNeverSick) {
  EXPECT_EQ(after("+???"), State::unknown);
  EXPECT_EQ(after("---???"), State::unknown);
  EXPECT_EQ(after("+--"
                  "???"
                  "-"),
            State::unknown)
      << "what was known before is too old to be added to";
  EXPECT_EQ(after("+--"
                  "???"
                  "---"),
            State::sick);
}

TEST(Judge, FailuresWhileWarmingUpAreNotHeldAgainstTheTarget) {
  Policy policy;
  policy.warm_up = 30s;
  Judge judge(policy, start);
  core::Instant now = start;
  EXPECT_EQ(hear(judge, std::string(29, '-'), now).why, "warming up: refused");
  EXPECT_EQ(judge.state(), State::unknown);
  EXPECT_EQ(hear(judge, "---", now).state, State::sick);
}

TEST(Judge, OnceHealthyWarmUpIsOver) {
  Policy policy;
  policy.warm_up = 30s;
  EXPECT_EQ(after("+---", policy), State::sick);
}

TEST(Judge, ANewProcessBeginsUnknownAndWarmsUpAgain) {
  Policy policy;
  policy.warm_up = 30s;
  Judge judge(policy, start);
  core::Instant now = start;
  EXPECT_EQ(hear(judge, "+---", now).state, State::sick);
  judge.begin_again(now);
  EXPECT_EQ(judge.state(), State::unknown);
  EXPECT_EQ(hear(judge, "----", now).state, State::unknown);
  EXPECT_EQ(hear(judge, "+", now).state, State::healthy);
}

TEST(Judge, AFlappingTargetNeedsLongerRunsUntilItHasCalmedDown) {
  Judge judge(prompt(), start);
  core::Instant now = start;
  hear(judge, "+", now);
  for (int i = 0; i < 3; ++i) hear(judge, "---+", now);
  EXPECT_TRUE(judge.flapping());
  EXPECT_EQ(hear(judge, "--------", now).state, State::healthy) << "8 failures are not 9";
  EXPECT_EQ(hear(judge, "-", now).state, State::sick);
  EXPECT_EQ(hear(judge, "++", now).state, State::sick);
  EXPECT_EQ(hear(judge, "+", now).state, State::healthy);
  now += 11min;
  hear(judge, "+", now);
  EXPECT_FALSE(judge.flapping());
  EXPECT_EQ(hear(judge, "---", now).state, State::sick);
}

TEST(Weigh, AnySickProbeOfItsOwnMakesTheServiceSick) {
  const std::vector<ProbeView> probes{probe("ready", State::healthy), probe("queue", State::sick)};
  EXPECT_EQ(weigh(probes).state, State::sick);
  EXPECT_EQ(weigh(probes).why, "queue says so");
  EXPECT_EQ(weigh(probes).explained_by(), "");
}

TEST(Weigh, UnknownIsNeverHealthy) {
  EXPECT_EQ(weigh(std::vector{probe("ready", State::healthy), probe("queue", State::unknown)}).state,
            State::unknown);
  EXPECT_EQ(weigh({}).state, State::unknown);
  EXPECT_EQ(weigh(std::vector{probe("database", State::healthy, true)}).why, "no probe asks it");
}

TEST(Weigh, ADependencyNeverSickensTheServiceButExplainsItsSickness) {
  std::vector<ProbeView> probes{probe("ready", State::healthy), probe("database", State::sick, true)};
  EXPECT_EQ(weigh(probes).state, State::healthy);
  probes[0].state = State::sick;
  EXPECT_EQ(weigh(probes).explained_by(), "database");
  probes[1].state = State::healthy;
  EXPECT_EQ(weigh(probes).explained_by(), "");
  probes[1].last = Standing::not_ok;
  EXPECT_EQ(weigh(probes).explained_by(), "database") << "it is failing, although not yet called sick";
  probes[1].last = Standing::unknown;
  EXPECT_EQ(weigh(probes).explained_by(), "") << "unknown explains nothing";
}
