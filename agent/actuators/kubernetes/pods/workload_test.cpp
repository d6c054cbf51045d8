#include "agent/actuators/kubernetes/pods/workload.hpp"

#include "agent/kube/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using kubernetes::Pod;
using kubernetes::read_workload;
using kubernetes::Sort;
using kubernetes::Workload;

namespace {

std::string workload_text(const std::string& spec, const std::string& status, int generation = 3) {
  return R"({"metadata":{"name":"tests-api","uid":"d1","generation":)" + std::to_string(generation) +
         R"(,"annotations":{"deployment.kubernetes.io/revision":"7"}},"spec":{)" + spec +
         R"("selector":{"matchLabels":{"app":"tests"},"matchExpressions":[{"key":"tier","operator":"NotIn","values":["a","b"]}]}},"status":{)" +
         status + "}}";
}
core::Outcome<Workload> workload_read(const std::string& text, Sort sort = Sort::deployment) {
  return read_workload(sort, kube::read_object(text).value());
}
const std::string rolled_out =
    R"("observedGeneration":3,"replicas":2,"updatedReplicas":2,"availableReplicas":2,"readyReplicas":2)";

Pod workload_pod(const std::string& name, const std::string& created, bool ready = true) {
  Pod made;
  made.name = name;
  made.uid = "uid-" + name;
  made.created = created;
  made.phase = "Running";
  made.owner_kind = "ReplicaSet";
  made.owner_name = "tests-api-5d7f";
  made.runs = true;
  made.ready = ready;
  return made;
}

}  // namespace

TEST(KubernetesWorkload, SelectsItsPodsAsItsControllerDoes) {
  const auto read_one = workload_read(workload_text(R"("replicas":2,)", rolled_out));
  ASSERT_TRUE(read_one);
  EXPECT_EQ(read_one->selector, "app=tests,tier notin (a,b)");
  EXPECT_EQ(read_one->revision, "7");
  EXPECT_EQ(read_one->wanted, 2);
}

TEST(KubernetesWorkload, OneThatWouldMeanEachPodOrThatIsNotUnderstoodIsRefused) {
  for (const char* selector : {"{}", R"({"matchLabels":{}})", R"({"matchLabels":{"a":1}})",
                               R"({"matchExpressions":[{"key":"a","operator":"Gt","values":["1"]}]})"})
    EXPECT_FALSE(workload_read(std::string(R"({"metadata":{"name":"x","uid":"y"},"spec":{"selector":)") +
                               selector + "}}"))
        << selector;
}

TEST(KubernetesWorkload, ARolloutIsOverWhenAllAreNewAndReadyAndNoneIsOld) {
  EXPECT_TRUE(workload_read(workload_text(R"("replicas":2,)", rolled_out))->is_rolled_out);
  EXPECT_FALSE(workload_read(workload_text(R"("replicas":2,)", rolled_out, 4))->is_rolled_out)
      << "its controller has not looked yet";
  for (const char* status :
       {R"("observedGeneration":3,"replicas":3,"updatedReplicas":2,"availableReplicas":3)",
        R"("observedGeneration":3,"replicas":2,"updatedReplicas":1,"availableReplicas":2)",
        R"("observedGeneration":3,"replicas":2,"updatedReplicas":2,"availableReplicas":1)"})
    EXPECT_FALSE(workload_read(workload_text(R"("replicas":2,)", status))->is_rolled_out) << status;
  EXPECT_EQ(workload_read(workload_text("", R"("observedGeneration":3)"))->progress,
            "0 of 1 pods are new, 0 ready");
}

TEST(KubernetesWorkload, ADaemonSetAndAStatefulSetSayItInTheirOwnWords) {
  const auto daemon = workload_read(workload_text("", R"("observedGeneration":3,"desiredNumberScheduled":2,)"
                                                      R"("updatedNumberScheduled":2,"numberAvailable":2)"),
                                    Sort::daemonset);
  EXPECT_TRUE(daemon->is_rolled_out);
  EXPECT_EQ(daemon->revision, "3");
  const auto set = workload_read(
      workload_text(R"("updateStrategy":{"type":"OnDelete"},)", rolled_out + R"(,"updateRevision":"r-2")"),
      Sort::statefulset);
  EXPECT_EQ(set->revision, "r-2");
  EXPECT_FALSE(set->rolls);
  EXPECT_EQ(workload_read(workload_text(R"("paused":true,)", rolled_out))->why_not, "it is paused");
}

TEST(KubernetesWorkload, OnlyWhatItsControllerMadeIsItsOwn) {
  const auto workload = workload_read(workload_text("", rolled_out));
  EXPECT_TRUE(is_of(*workload, workload_pod("a", "1")));
  Pod other = workload_pod("a", "1");
  other.owner_name = "tests-api-canary-5d7f";
  EXPECT_FALSE(is_of(*workload, other));
  other.owner_kind = "";
  EXPECT_FALSE(is_of(*workload, other));
  Workload set;
  set.sort = Sort::statefulset;
  set.uid = "s1";
  EXPECT_FALSE(is_of(set, other));
  other.owner_uid = "s1";
  EXPECT_TRUE(is_of(set, other));
}

TEST(KubernetesWorkload, RunsWithOnePodAndIsAnotherOnceItsEldestIsGone) {
  const auto workload = workload_read(workload_text(R"("replicas":3,)", rolled_out));
  const std::vector<Pod> pods{workload_pod("b", "2"), workload_pod("a", "1"), workload_pod("c", "3", false)};
  const Seen seen = seen_of(*workload, pods);
  EXPECT_TRUE(seen.runs);
  EXPECT_EQ(seen.sentence, "runs with 3 of 3 pods, 2 ready");
  EXPECT_EQ(seen.identity, "7/uid-a/0");
  EXPECT_EQ(seen_of(*workload, {pods[0], pods[1]}).identity, seen.identity) << "scaled down";
  EXPECT_NE(seen_of(*workload, {pods[0], pods[2]}).identity, seen.identity);
}

TEST(KubernetesWorkload, WithoutAPodThatStaysItDoesNotRunAndComesBackUnlessItIsScaledToNone) {
  const auto workload = workload_read(workload_text(R"("replicas":1,)", rolled_out));
  Pod leaving = workload_pod("a", "1");
  leaving.leaving = true;
  const Seen down = seen_of(*workload, {leaving});
  EXPECT_FALSE(down.runs);
  EXPECT_TRUE(down.comes_back);
  EXPECT_EQ(down.sentence, "has no pod that runs and stays: a is being deleted");
  EXPECT_TRUE(seen_of(*workload, {}).comes_back);
  const auto none = workload_read(workload_text(R"("replicas":0,)", rolled_out));
  EXPECT_FALSE(seen_of(*none, {}).comes_back);
  EXPECT_EQ(seen_of(*none, {}).sentence, "is scaled to no pods");
}

TEST(KubernetesWorkload, TheSickAreThoseThatAreNotReadyOrAllWhenAllAre) {
  Pod leaving = workload_pod("d", "4", false);
  leaving.leaving = true;
  const auto one = kubernetes::sick_among({workload_pod("a", "1"), workload_pod("b", "2", false), leaving});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].name, "b");
  EXPECT_EQ(kubernetes::sick_among({workload_pod("a", "1"), workload_pod("b", "2"), leaving}).size(), 2u);
}
