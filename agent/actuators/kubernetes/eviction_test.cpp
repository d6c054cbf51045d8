#include "agent/actuators/kubernetes/kubernetes.hpp"
#include "agent/actuators/kubernetes/played/fixture.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

// What supervise grants is ten seconds; a budget is waited for during nine of them.
class KubernetesEviction : public kubernetes::played::Kubernetes {
 protected:
  void SetUp() override {
    Kubernetes::SetUp();
    cluster.wanted = 2;
    cluster.pods["tests-api-1"] = {.uid = "u2", .ready = false};
    make(kubernetes::Sort::deployment, kubernetes::By::eviction);
    ASSERT_TRUE(look());
  }
  std::ptrdiff_t evictions() const {
    return std::ranges::count_if(cluster.asked,
                                 [](const std::string& one) { return one.ends_with("/eviction"); });
  }
  bool is_there(const std::string& name) const { return cluster.pods.contains(name); }
};

}  // namespace

TEST_F(KubernetesEviction, TheSickPodIsEvictedByItsUidAndWithItsGrace) {
  place->give_reason("tests-api was sick");
  EXPECT_TRUE(done(place->restart()));
  EXPECT_EQ(cluster.pods.size(), 1u);
  EXPECT_TRUE(is_there("tests-api-0")) << "it was well";
  EXPECT_EQ(asked("DELETE"), "");
  EXPECT_EQ(body_of("POST"),
            R"({"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"tests-api-1"},)"
            R"("deleteOptions":{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":10,)"
            R"("preconditions":{"uid":"u2"}}})");
  EXPECT_THAT(body_of("PATCH"), HasSubstr("tests-api was sick")) << "why is written on it, too";
}

TEST_F(KubernetesEviction, WhatTheBudgetForbidsIsNotDoneAndTold) {
  cluster.may_be_evicted = 0;
  const auto refused = done(place->restart());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_there("tests-api-1"));
  EXPECT_THAT(refused.error().what,
              HasSubstr("cannot restart deployment tests-api within 9s: cannot evict pod "
                        "tests-api-1: the API server answers 429"));
  EXPECT_THAT(refused.error().what,
              HasSubstr("The disruption budget tests needs 2 healthy pods and has 2 currently"));
  EXPECT_THAT(refused.error().hint, HasSubstr("PodDisruptionBudget"));
  EXPECT_EQ(evictions(), 5) << "every two seconds, and not as often as the API server would bear";
  EXPECT_THAT(told, HasSubstr("that is waited for"));
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << "once: " << told;
}

TEST_F(KubernetesEviction, WhatTheBudgetAllowsLaterIsDoneThen) {
  cluster.may_be_evicted = 0;
  async::Nursery nursery(loop.get_executor());
  std::optional<core::Outcome<>> restarted;
  begin_restart(nursery, restarted);
  clock.advance(5s);
  EXPECT_TRUE(is_there("tests-api-1"));
  EXPECT_FALSE(restarted);
  cluster.may_be_evicted = 1;
  clock.advance(30s);
  EXPECT_FALSE(is_there("tests-api-1"));
  ASSERT_TRUE(restarted);
  EXPECT_TRUE(*restarted) << restarted->error().what;
}

TEST_F(KubernetesEviction, WhoHasHealedWhileTheBudgetWasWaitedForStays) {
  cluster.may_be_evicted = 0;
  async::Nursery nursery(loop.get_executor());
  std::optional<core::Outcome<>> restarted;
  begin_restart(nursery, restarted);
  clock.advance(3s);
  cluster.pods["tests-api-1"].ready = true;
  cluster.may_be_evicted = 1;
  clock.advance(30s);
  EXPECT_TRUE(is_there("tests-api-1"));
  ASSERT_TRUE(restarted);
  EXPECT_TRUE(*restarted) << restarted->error().what;
  EXPECT_THAT(told, HasSubstr("pod tests-api-1 is ready again, and stays"));
}

TEST_F(KubernetesEviction, AKillGoesBeyondNoBudgetAndHastensOnlyWhatIsLeavingAlready) {
  cluster.may_be_evicted = 0;
  EXPECT_FALSE(done(place->restart()));
  const auto killed = done(place->kill());
  ASSERT_FALSE(killed);
  EXPECT_THAT(killed.error().what, HasSubstr("cannot evict pod tests-api-1"));
  EXPECT_TRUE(is_there("tests-api-1"));
  EXPECT_THAT(body_of("POST"), HasSubstr(R"("gracePeriodSeconds":10,)"))
      << "it has had none of its grace yet";
  cluster.pods["tests-api-1"].leaving = true;
  EXPECT_TRUE(done(place->kill()));
  EXPECT_THAT(body_of("POST"), HasSubstr(R"("gracePeriodSeconds":1,)"));
  EXPECT_FALSE(is_there("tests-api-1"));
  EXPECT_EQ(asked("DELETE"), "") << "the right to delete is not needed";
}

TEST_F(KubernetesEviction, ARestartOfWhichABudgetAllowsHalfIsNotOver) {
  cluster.pods["tests-api-0"].ready = false;
  const auto before = look();
  cluster.may_be_evicted = 0;
  EXPECT_FALSE(done(place->restart()));
  cluster.may_be_evicted = 1;
  EXPECT_FALSE(done(place->kill()));
  cluster.pods["tests-api-2"] = {.uid = "u3"};
  EXPECT_EQ(cluster.pods.size(), 2u);
  EXPECT_EQ(look()->identity, before->identity) << "else it would count as restarted";
  cluster.may_be_evicted = 1;
  EXPECT_TRUE(done(place->kill()));
  EXPECT_FALSE(is_there("tests-api-0") || is_there("tests-api-1"));
  EXPECT_NE(look()->identity, before->identity);
}

TEST_F(KubernetesEviction, WhoMayNotEvictIsToldSoAtOnce) {
  cluster.refusals["POST"] = {403, {}, R"({"kind":"Status","reason":"Forbidden","message":"pods/eviction"})"};
  const auto refused = done(place->restart());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::denied);
  EXPECT_EQ(evictions(), 1);
  EXPECT_THAT(told, Not(HasSubstr("waited")));
}
