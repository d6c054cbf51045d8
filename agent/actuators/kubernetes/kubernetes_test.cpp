#include "agent/actuators/kubernetes/kubernetes.hpp"

#include "agent/async/nursery.hpp"
#include "agent/core/text.hpp"
#include "agent/kube/json.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/os/sim_processes.hpp"

#include <csignal>
#include <map>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

struct SmallPod {
  std::string uid;
  bool runs = true;
  bool ready = true;
  bool leaving = false;
  std::string owner = "ReplicaSet";
};

// As much of an API server as the actuator asks, with a kubelet and a controller that work when the test
// says. Its answers have the shape that kube-apiserver 1.34.4 gave to the same questions.
class SmallCluster {
 public:
  net::Response answer(const net::Call& call) {
    asked.push_back(call.method + " " + call.path);
    bodies.push_back(call.body);
    if (const auto refused = refusals.find(call.method); refused != refusals.end()) return refused->second;
    if (call.query.find("watch=1") != std::string::npos) return watch();
    if (call.path.ends_with("/deployments/tests-api")) return on_deployment(call);
    if (call.path.ends_with("/pods")) return list(call.query);
    return on_pod(call);
  }

  std::map<std::string, SmallPod> pods;
  std::map<std::string, net::Response> refusals;  // by method
  std::vector<std::string> asked, bodies;
  std::string watched = R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}})"
                        "\n";
  int watch_status = 200;
  int revision = 1, wanted = 1;
  bool is_there = true, rolls_at_once = true, ends_at_once = true;

 private:
  static net::Response said(int status, const std::string& reason) {
    return {status, {}, R"({"kind":"Status","reason":")" + reason + R"(","message":"so it is"})"};
  }
  net::Response watch() const { return {watch_status, {}, watched}; }
  static std::string text_of(const std::string& name, const SmallPod& pod) {
    const std::string owner =
        pod.owner.empty()
            ? ""
            : R"({"kind":")" + pod.owner + R"(","name":"tests-api-5d","uid":"s","controller":true})";
    return fmt::format(
        R"({{"metadata":{{"name":"{}","uid":"{}","creationTimestamp":"{}",{}"ownerReferences":[{}]}},)"
        R"("spec":{{"terminationGracePeriodSeconds":40,"containers":[{{"name":"api"}}]}},)"
        R"("status":{{"phase":"{}","conditions":[{{"type":"Ready","status":"{}"}}],)"
        R"("containerStatuses":[{{"name":"api","restartCount":0,"state":{}}}]}}}})",
        name, pod.uid, pod.uid, pod.leaving ? R"("deletionTimestamp":"x",)" : "", owner,
        pod.runs ? "Running" : "Pending", pod.ready ? "True" : "False",
        pod.runs ? R"({"running":{}})" : R"({"waiting":{"reason":"ContainerCreating"}})");
  }
  net::Response list(const std::string& query) const {
    std::string items;
    for (const auto& [name, pod] : pods) {
      const bool is_meant = query.find("labelSelector=app%3Dtests") != std::string::npos ||
                            query.find("metadata.name%3D" + name) != std::string::npos;
      if (is_meant) items += (items.empty() ? "" : ",") + text_of(name, pod);
    }
    return {200, {}, R"({"kind":"PodList","metadata":{"resourceVersion":"5"},"items":[)" + items + "]}"};
  }
  net::Response on_deployment(const net::Call& call) {
    if (!is_there) return said(404, "NotFound");
    if (call.method == "PATCH" && rolls_at_once) ++revision;
    return {
        200,
        {},
        fmt::format(
            R"({{"metadata":{{"name":"tests-api","uid":"d","generation":1,"annotations":{{"deployment.kubernetes.io/revision":"{}"}}}},)"
            R"("spec":{{"replicas":{},"selector":{{"matchLabels":{{"app":"tests"}}}}}},)"
            R"("status":{{"observedGeneration":1,"replicas":{},"updatedReplicas":{},"availableReplicas":{}}}}})",
            revision, wanted, wanted, wanted, wanted)};
  }
  net::Response on_pod(const net::Call& call) {
    const std::string name = call.path.substr(call.path.rfind('/') + 1);
    const auto pod = pods.find(name);
    if (pod == pods.end()) return said(404, "NotFound");
    if (call.method != "DELETE") return {200, {}, "{}"};
    const auto options = kube::read_object(call.body).value();
    if (kube::text_in(kube::object_in(options, "preconditions"), "uid") != pod->second.uid)
      return said(409, "Conflict");
    if (ends_at_once)
      pods.erase(pod);
    else
      pod->second.leaving = true;
    return {200, {}, "{}"};
  }
};

class Kubernetes : public testing::Test {
 protected:
  void SetUp() override {
    net.add_host("10.0.0.1:6443", [this](const net::Call& call) { return cluster.answer(call); });
    cluster.pods["tests-api-0"] = {.uid = "u1"};
  }
  void make(kubernetes::Sort sort, std::optional<kubernetes::By> by = {}) {
    kubernetes::Settings settings;
    settings.server = "https://10.0.0.1:6443";
    settings.name_space = "school";
    settings.name = sort == kubernetes::Sort::pod ? "tests-api-0" : "tests-api";
    settings.sort = sort;
    settings.written_by = by;
    const Tools tools{clock,        processes,
                      client.get(), [this](const std::string& sentence) { told += sentence + "\n"; },
                      &files,       pool.get()};
    place = kubernetes::make_place(tools, settings, 10s);
  }
  template <class T>
  std::optional<T> run(core::Task<T> work, core::Duration most = 1min) {
    std::optional<T> result;
    auto store = [](core::Task<T> what, std::optional<T>& into) -> core::Task<void> {
      into = co_await std::move(what);
    };
    async::Nursery nursery(loop.get_executor());
    nursery.start(store(std::move(work), result));
    clock.advance(most);
    nursery.cancel();
    clock.advance(1ms);
    EXPECT_EQ(nursery.size(), 0u);
    return result;
  }
  core::Outcome<Seen> look() { return run(place->look()).value(); }
  core::Outcome<> done(core::Task<core::Outcome<>> work, core::Duration most = 5min) {
    return run(std::move(work), most).value_or(core::fail(core::Errc::internal, "it never ended"));
  }
  std::string asked(const std::string& method) const {
    std::string all;
    for (const std::string& one : cluster.asked)
      if (one.starts_with(method)) all += one.substr(one.rfind('/') + 1) + " ";
    return all;
  }
  std::string body_of(const std::string& method) const {
    for (std::size_t at = cluster.asked.size(); at-- > 0;)
      if (cluster.asked[at].starts_with(method)) return cluster.bodies[at];
    return {};
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  os::SimFiles files;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  SmallCluster cluster;
  std::string told;
  std::unique_ptr<Place> place;
};

}  // namespace

TEST_F(Kubernetes, APodIsDeletedByItsUidAndOverWhenAnotherOneRuns) {
  make(kubernetes::Sort::pod);
  ASSERT_TRUE(look()->runs);
  place->give_reason("tests-api was sick:\nHTTP 503");
  async::Nursery nursery(loop.get_executor());
  std::optional<core::Outcome<>> restarted;
  auto store = [](core::Task<core::Outcome<>> what,
                  std::optional<core::Outcome<>>& into) -> core::Task<void> {
    into = co_await std::move(what);
  };
  nursery.start(store(place->restart(), restarted));
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
