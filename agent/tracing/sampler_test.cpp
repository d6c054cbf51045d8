#include "agent/tracing/sampler.hpp"

#include "agent/tracing/test_traces.hpp"

#include <map>

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::key;
using testing::request_with;
using testing::TestSpan;

constexpr core::Instant begin{1h};

struct House {
  SamplingSettings settings;
  std::map<std::string, int> kept{};
  int let_go = 0;
  std::vector<Moment> moments{};

  Sampler make() {
    return {settings, [this](const Judgement& judgement, Moment moment) {
              if (judgement.keep) ++kept[judgement.by->name];
              if (!judgement.keep) ++let_go;
              moments.push_back(moment);
            }};
  }
};

Rule rule(std::string name) {
  Rule made;
  made.name = std::move(name);
  return made;
}

Rule errors() {
  Rule made = rule("errors");
  made.errors = true;
  return made;
}

TEST(Sampler, JudgesATraceAWhileAfterTheSpanHasComeByWhichItWasEntered) {
  House house{.settings = {.keep = {errors()}}};
  Sampler sampler = house.make();
  sampler.see(request_with({{.id = 2, .parent = 1, .failed = true}}), begin);
  EXPECT_EQ(sampler.due(key(1)), begin + 30s) << "nobody knows when it ends";
  sampler.see(request_with({{.id = 1}}), begin + 2s);
  EXPECT_EQ(sampler.due(key(1)), begin + 8s);
  sampler.judge_due(begin + 7999ms);
  EXPECT_EQ(sampler.waiting(), 1u);
  sampler.judge_due(begin + 8s);
  EXPECT_EQ(sampler.waiting(), 0u);
  EXPECT_EQ(house.kept["errors"], 1);
  EXPECT_EQ(house.moments, std::vector{Moment::entry_ended});
  EXPECT_TRUE(sampler.verdict(key(1), begin + 9s).keep);
}

TEST(Sampler, JudgesATraceWithoutAnEntryAtTheLatestAllowed) {
  House house{.settings = {.keep = {errors()}}};
  Sampler sampler = house.make();
  sampler.see(request_with({{.id = 2, .parent = 1}}), begin);
  sampler.see(request_with({{.id = 3, .parent = 1, .failed = true}}), begin + 29s);
  sampler.judge_due(begin + 30s);
  EXPECT_EQ(house.moments, std::vector{Moment::waited});
  EXPECT_EQ(house.kept["errors"], 1);
}

TEST(Sampler, TakesASpanWhoseParentIsElsewhereForAnEntry) {
  House house{.settings = {.keep = {errors()}}};
  Sampler sampler = house.make();
  sampler.see(request_with({{.id = 2, .parent = 1, .parent_is_remote = true}}), begin);
  EXPECT_EQ(sampler.due(key(1)), begin + 6s);
}

TEST(Sampler, ServicesThatAreEnteredOneAfterAnotherPutTheJudgementOffButNotForEver) {
  House house{.settings = {.keep = {errors()}}};
  Sampler sampler = house.make();
  for (int second = 0; second < 40; second += 5) {
    sampler.judge_due(begin + std::chrono::seconds(second));
    const auto id = static_cast<std::uint64_t>(second + 2);
    sampler.see(request_with({{.id = id, .parent = 1, .parent_is_remote = true}}),
                begin + std::chrono::seconds(second));
  }
  EXPECT_EQ(house.moments, std::vector{Moment::waited});
}

TEST(Sampler, LateSpansFollowTheirTraceAndDoNotBeginItAnew) {
  House house{.settings = {.keep = {errors()}}};
  Sampler sampler = house.make();
  sampler.see(request_with({{.id = 1}}), begin);
  sampler.judge_due(begin + 6s);
  EXPECT_EQ(sampler.see(request_with({{.id = 2, .parent = 1, .failed = true}}), begin + 7s), 1u);
  EXPECT_EQ(sampler.waiting(), 0u);
  EXPECT_FALSE(sampler.verdict(key(1), begin + 7s).keep) << "it was let go, and half of it helps nobody";
}

TEST(Sampler, WhenTooManyWaitTheOldestIsJudgedByWhatIsThere) {
  House house{.settings = {.keep = {errors()}, .most_traces = 3}};
  Sampler sampler = house.make();
  for (std::uint64_t trace = 1; trace <= 5; ++trace)
    sampler.see(request_with({{.trace = trace, .failed = trace == 1}}), begin);
  EXPECT_EQ(sampler.waiting(), 3u);
  EXPECT_EQ(house.moments, (std::vector{Moment::too_many, Moment::too_many}));
  EXPECT_EQ(house.kept["errors"], 1);
  EXPECT_FALSE(sampler.due(key(1)));
  EXPECT_TRUE(sampler.due(key(3)));
}

TEST(Sampler, RulesAreAskedInTheirOrderAndThoseThatDropFirst) {
  Rule health = rule("health"), slow = rule("slow"), paying = rule("paying");
  health.attributes = {{"http.route", {"/healthz", "/readyz"}}};
  slow.slower_than = 500ms;
  paying.services = {"pay"};
  House house{.settings = {.drop = {health}, .keep = {errors(), slow, paying}}};
  Sampler sampler = house.make();
  sampler.see(request_with({{.trace = 1, .failed = true, .key = "http.route", .value = "/readyz"}}), begin);
  sampler.see(request_with({{.trace = 2, .failed = true}, {.trace = 2, .took_ms = 900}}), begin);
  sampler.see(request_with({{.trace = 3, .start_ms = 0, .took_ms = 10}}), begin);
  sampler.see(request_with({{.trace = 3, .id = 2, .parent = 1, .start_ms = 495, .took_ms = 5}}), begin);
  sampler.see(request_with({{.trace = 4}}), begin);
  sampler.see(request_with({{.trace = 4, .id = 2, .parent = 1}}, "pay"), begin);
  sampler.see(request_with({{.trace = 5}}), begin);
  sampler.judge_due(begin + 6s);
  EXPECT_EQ(house.kept, (std::map<std::string, int>{{"errors", 1}, {"slow", 1}, {"paying", 1}}));
  EXPECT_EQ(house.let_go, 2) << "the one that only asked for health, and the one that no rule fits";
}

TEST(Sampler, AllThatARuleSaysMustBeSoThoughDifferentSpansMayShowIt) {
  Rule both = rule("both");
  both.errors = true;
  both.attributes = {{"tenant", {"blue"}}, {"plan", {"gold"}}};
  House house{.settings = {.keep = {both}}};
  Sampler sampler = house.make();
  sampler.see(request_with({{.trace = 1, .key = "tenant", .value = "blue"}, {.trace = 1, .failed = true}}),
              begin);
  sampler.see(request_with({{.trace = 2, .key = "tenant", .value = "blue"}, {.trace = 2, .failed = true}}),
              begin);
  sampler.see(request_with({{.trace = 2, .id = 3, .parent = 1, .key = "plan", .value = "gold"}}), begin);
  sampler.judge_due(begin + 6s);
  EXPECT_EQ(house.kept["both"], 1);
  EXPECT_EQ(house.let_go, 1);
}

TEST(Sampler, AShareIsKeptByTheIdAndWhatIsKeptOfASmallerShareIsKeptOfALargerToo) {
  std::map<double, int> kept;
  for (const double share : {0.01, 0.1, 0.5}) {
    Rule some = rule("some");
    some.share = share;
    House house{.settings = {.keep = {some}, .remember = 100'000}};
    Sampler sampler = house.make();
    for (std::uint64_t trace = 1; trace <= 20'000; ++trace) {
      const std::uint64_t id = hash_of({trace, 7});  // as a tracer would make it
      sampler.see(request_with({{.trace = id}}), begin);
    }
    sampler.judge_due(begin + 6s);
    kept[share] = house.kept["some"];
    EXPECT_NEAR(kept[share] / 20'000.0, share, 0.02);
    for (std::uint64_t trace = 1; trace <= 20'000; ++trace) {
      const TraceKey one = key(hash_of({trace, 7}));
      ASSERT_EQ(sampler.verdict(one, begin + 6s).keep, randomness_of(one) >= 1 - share);
    }
  }
}

TEST(Sampler, WhatIsBeyondARulesRateIsLeftToTheRulesThatFollow) {
  Rule failed = errors(), rest = rule("rest");
  failed.at_most_per_second = 10;
  rest.slower_than = 1s;
  House house{.settings = {.keep = {failed, rest}, .after_entry = 0s}};
  Sampler sampler = house.make();
  core::Instant now = begin;
  std::uint64_t trace = 0;
  for (int second = 0; second < 5; ++second, now += 1s) {
    for (int i = 0; i < 100; ++i)
      sampler.see(request_with({{.trace = ++trace, .took_ms = i == 99 ? 2000u : 1u, .failed = true}}), now);
    sampler.judge_due(now);
  }
  EXPECT_EQ(house.kept["errors"], 50);
  EXPECT_EQ(house.kept["rest"], 5);
}

TEST(Sampler, ATraceThatNobodyKnowsAnyMoreIsJudgedAtOnce) {
  House house{.settings = {.keep = {errors()}, .remember = 2}};
  Sampler sampler = house.make();
  for (std::uint64_t trace = 1; trace <= 10; ++trace)
    sampler.see(request_with({{.trace = trace, .failed = true}}), begin);
  sampler.judge_due(begin + 6s);
  EXPECT_LE(sampler.verdicts().size(), 2u);
  EXPECT_TRUE(sampler.verdict(key(10), begin + 6s).keep);
  EXPECT_FALSE(sampler.verdict(key(1), begin + 6s).keep);
}

}  // namespace
}  // namespace outrider::tracing
