#include "agent/actuators/kubernetes/kubernetes.hpp"

#include "agent/actuators/kubernetes/played/fixture.hpp"
#include "agent/core/text.hpp"
#include "agent/kube/json.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using actuators::kubernetes::played::Kubernetes;
using testing::HasSubstr;

TEST_F(Kubernetes, APodIsDeletedByItsUidAndOverWhenAnotherOneRuns) {
  make(kubernetes::Sort::pod);
  ASSERT_TRUE(look()->runs);
  place->give_reason("tests-api was sick:\nHTTP 503");
  async::Nursery nursery(loop.get_executor());
  std::optional<core::Outcome<>> restarted;
  begin_restart(nursery, restarted);
  clock.advance(2s);
  EXPECT_EQ(asked("DELETE"), "tests-api-0 ");
  EXPECT_EQ(body_of("DELETE"), R"({"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":10,)"
                               R"("preconditions":{"uid":"u1"}})")
      << "it has what supervise grants, not the 40 s that it would like";
  EXPECT_EQ(body_of("PATCH"), R"({"metadata":{"uid":"u1","annotations":)"
                              R"({"outrider.dev/restarted-because":"tests-api was sick: HTTP 503"}}})");
  EXPECT_FALSE(restarted) << "nothing runs again yet";
  const auto between = look();
  EXPECT_FALSE(between->runs);
  EXPECT_TRUE(between->comes_back);
  cluster.pods["tests-api-0"] = {.uid = "u2"};
  clock.advance(1min);
  ASSERT_TRUE(restarted);
  EXPECT_TRUE(*restarted) << restarted->error().what;
  EXPECT_EQ(look()->identity, "u2/0");
}

TEST_F(Kubernetes, APodThatCameSinceTheLookIsNotDeleted) {
  make(kubernetes::Sort::pod);
  ASSERT_TRUE(look());
  cluster.pods["tests-api-0"] = {.uid = "u2"};
  EXPECT_TRUE(done(place->restart()));
  EXPECT_EQ(asked("DELETE"), "");
  EXPECT_EQ(cluster.pods.at("tests-api-0").uid, "u2");
}

TEST_F(Kubernetes, APodThatNobodyWouldMakeAgainIsLeftAlone) {
  cluster.pods["tests-api-0"].owner = "";
  make(kubernetes::Sort::pod);
  const auto refused = done(place->restart());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("nobody would make it again"));
  EXPECT_FALSE(done(place->kill()));
  EXPECT_EQ(asked("DELETE"), "");
}

TEST_F(Kubernetes, AKillShortensTheGraceOfTheSameOneAndMakesNobodyVanish) {
  cluster.ends_at_once = false;
  make(kubernetes::Sort::pod);
  ASSERT_TRUE(look());
  const auto unfinished = run(place->restart(), 5s);
  EXPECT_FALSE(unfinished) << "it takes its time, and supervise ends our wait";
  EXPECT_TRUE(done(place->kill()));
  EXPECT_THAT(body_of("DELETE"), HasSubstr(R"("gracePeriodSeconds":1,)"));
  EXPECT_EQ(asked("DELETE"), "tests-api-0 tests-api-0 ");
  EXPECT_EQ(look()->identity, "u1/0+1") << "whoever waits for its end must not wait for ever";
}

TEST_F(Kubernetes, AKillThatComesWhenTheNextOneIsThereDoesNotHitIt) {
  make(kubernetes::Sort::pod);
  ASSERT_TRUE(look());
  cluster.pods["tests-api-0"].runs = false;
  (void)run(place->restart(), 2s);
  cluster.pods["tests-api-0"] = {.uid = "u2", .runs = false, .ready = false};
  ASSERT_TRUE(look());
  EXPECT_TRUE(done(place->kill()));
  EXPECT_EQ(cluster.pods.at("tests-api-0").uid, "u2");
}

TEST_F(Kubernetes, ADeploymentIsRolledOutAsKubectlDoesIt) {
  make(kubernetes::Sort::deployment);
  const auto before = look();
  ASSERT_TRUE(before && before->runs);
  place->give_reason("as asked");
  ASSERT_TRUE(done(place->restart()));
  const auto patch = kube::read_object(body_of("PATCH")).value();
  const auto& notes = kube::object_in(
      kube::object_in(kube::object_in(kube::object_in(patch, "spec"), "template"), "metadata"),
      "annotations");
  EXPECT_EQ(kube::text_in(notes, "outrider.dev/restarted-because"), "as asked");
  EXPECT_TRUE(core::read_time(kube::text_in(notes, "kubectl.kubernetes.io/restartedAt")));
  EXPECT_EQ(kube::text_in(kube::object_in(patch, "metadata"), "uid"), "d");
  EXPECT_EQ(asked("DELETE"), "");
  EXPECT_NE(look()->identity, before->identity);
  EXPECT_TRUE(done(place->kill()));
  EXPECT_EQ(cluster.pods.size(), 1u) << "a rollout is not killed";
}

TEST_F(Kubernetes, ARolloutThatDoesNotBeginIsNoSuccessAndOneThatTakesLongIsTold) {
  cluster.rolls_at_once = false;
  make(kubernetes::Sort::deployment);
  ASSERT_TRUE(look());
  const auto stuck = done(place->restart());
  ASSERT_FALSE(stuck);
  EXPECT_THAT(stuck.error().what, HasSubstr("cannot see the rollout of deployment tests-api begin"));
  cluster.rolls_at_once = true;
  cluster.pods.clear();
  cluster.wanted = 0;
  EXPECT_TRUE(done(place->restart())) << "it went on with what the first patch began, or began anew";
}

TEST_F(Kubernetes, ByDeletionTheSickPodsGoAndTheWellStay) {
  cluster.wanted = 3;
  cluster.pods["tests-api-1"] = {.uid = "u2", .ready = false};
  cluster.pods["tests-api-2"] = {.uid = "u3"};
  make(kubernetes::Sort::deployment, kubernetes::By::deletion);
  ASSERT_TRUE(look());
  EXPECT_TRUE(done(place->restart()));
  EXPECT_EQ(asked("DELETE"), "tests-api-1 ");
  EXPECT_TRUE(done(place->kill()));
  EXPECT_EQ(asked("DELETE"), "tests-api-1 tests-api-0 tests-api-2 ") << "made anew as a whole";
}

TEST_F(Kubernetes, WhatCannotBeAskedIsNeverGone) {
  make(kubernetes::Sort::deployment);
  const net::Response page{404, {}, "<html>not here</html>"};
  for (const net::Response& refusal :
       {net::Response{403, {}, "{}"}, page, net::Response{500, {}, ""}, net::Response{200, {}, "{}"},
        net::Response{429, {{"Retry-After", "60"}}, ""}, net::Response{409, {}, ""}}) {
    cluster.refusals["GET"] = refusal;
    const auto unknown = look();
    ASSERT_FALSE(unknown) << refusal.status;
    EXPECT_THAT(unknown.error().what, testing::StartsWith("cannot tell whether deployment tests-api runs: "));
    EXPECT_FALSE(done(place->restart())) << refusal.status;
    EXPECT_FALSE(done(place->kill())) << refusal.status;
  }
  EXPECT_EQ(asked("DELETE") + asked("PATCH"), "");
  cluster.refusals.clear();
  cluster.is_there = false;
  const auto gone = look();
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->runs || gone->comes_back);
  const auto not_started = done(place->start());
  EXPECT_EQ(not_started.error().code, core::Errc::not_found);
}

TEST_F(Kubernetes, WhatHasNoWordThereIsSaidSo) {
  make(kubernetes::Sort::deployment);
  EXPECT_EQ(done(place->stop()).error().code, core::Errc::unsupported);
  EXPECT_EQ(done(place->signal(SIGHUP)).error().code, core::Errc::unsupported);
  cluster.wanted = 0;
  cluster.pods.clear();
  const auto none = done(place->start());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "cannot start deployment tests-api: it is scaled to no pods");
  EXPECT_THAT(none.error().hint, HasSubstr("kubectl scale"));
}

TEST_F(Kubernetes, NewsComeByTheWatchAndWithoutItByLooking) {
  make(kubernetes::Sort::pod);
  auto news_and_yes = [](Place& of) -> core::Task<bool> {
    co_await of.news();
    co_return true;
  };
  ASSERT_TRUE(look());
  EXPECT_FALSE(run(news_and_yes(*place), 100ms)) << "a watch that ends at once is not begun again at once";
  cluster.watched = R"({"type":"MODIFIED","object":{"metadata":{"resourceVersion":"9"}}})"
                    "\n";
  EXPECT_TRUE(run(news_and_yes(*place), 100ms)) << "something was heard";
  cluster.watch_status = 410;
  EXPECT_FALSE(run(news_and_yes(*place), 100ms))
      << "a place that is too old is no reason to ask without a pause";
  EXPECT_TRUE(run(news_and_yes(*place), 1s));
  cluster.watch_status = 403;
  EXPECT_TRUE(run(news_and_yes(*place), 6s));
  EXPECT_TRUE(run(news_and_yes(*place), 6s));
  EXPECT_EQ(told, "cannot watch pod tests-api-0, and looks every 5s instead: the API server answers 403: " +
                      cluster.watched.substr(0, cluster.watched.size() - 1) + " \n")
      << "once";
}
