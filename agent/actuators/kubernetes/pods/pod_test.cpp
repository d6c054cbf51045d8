#include "agent/actuators/kubernetes/pods/pod.hpp"

#include "agent/kube/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using kubernetes::read_pod;
using testing::HasSubstr;

namespace {

// As kube-apiserver 1.34 writes them, without what is not read.
std::string pod_text(const std::string& status, const std::string& more = "") {
  return R"({"metadata":{"name":"tests-api-0","uid":"u1","creationTimestamp":"2026-11-30T12:00:00Z",)" +
         more +
         R"("ownerReferences":[{"kind":"StatefulSet","name":"tests-api","uid":"s1","controller":true}]},)"
         R"("spec":{"terminationGracePeriodSeconds":20,"containers":[{"name":"api"},{"name":"mesh"}]},)"
         R"("status":{)" +
         status + "}}";
}
std::string pod_container(const std::string& name, const std::string& state, const std::string& last = "{}",
                          int restarts = 0) {
  return R"({"name":")" + name + R"(","restartCount":)" + std::to_string(restarts) + R"(,"state":)" + state +
         R"(,"lastState":)" + last + "}";
}
const std::string pod_running = R"({"running":{"startedAt":"2026-11-30T12:00:01Z"}})";
const std::string pod_crash_loop = R"({"waiting":{"reason":"CrashLoopBackOff"}})";
const std::string pod_out_of_memory =
    R"({"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-11-30T12:05:00Z"}})";

core::Outcome<kubernetes::Pod> pod_read(const std::string& text, const std::string& which = "") {
  return read_pod(kube::read_object(text).value(), which);
}
Seen pod_seen(const std::string& text, const std::string& which = "") {
  return kubernetes::seen_of(pod_read(text, which).value());
}

}  // namespace

TEST(KubernetesPod, RunsWhenAllOfItsContainersDo) {
  const std::string text =
      pod_text(R"("phase":"Running","conditions":[{"type":"Ready","status":"True"}],)"
               R"("containerStatuses":[)" +
               pod_container("api", pod_running) + "," + pod_container("mesh", pod_running) + "]");
  const auto pod = pod_read(text);
  ASSERT_TRUE(pod);
  EXPECT_TRUE(pod->runs && pod->ready && pod->is_made_again());
  EXPECT_EQ(pod->grace_seconds, 20);
  EXPECT_EQ(pod_seen(text).sentence, "is running");
  EXPECT_EQ(pod_seen(text).identity, "u1/0");
}

TEST(KubernetesPod, ItsEndAndWhetherMemoryWasShortAreTheKubeletsWords) {
  const std::string text = pod_text(R"("phase":"Running","containerStatuses":[)" +
                                    pod_container("api", pod_crash_loop, pod_out_of_memory, 4) + "," +
                                    pod_container("mesh", pod_running) + "]");
  const Seen down = pod_seen(text);
  EXPECT_FALSE(down.runs);
  EXPECT_TRUE(down.comes_back);
  EXPECT_TRUE(down.how.out_of_memory);
  EXPECT_EQ(down.how.code, 137);
  EXPECT_EQ(down.sentence,
            "waits for its container: CrashLoopBackOff; it exited with code 137, out of memory");
  EXPECT_TRUE(pod_seen(text, "mesh").runs) << "only the container that counts counts";
}

TEST(KubernetesPod, OneThatTheKubeletHasStartedAgainIsAnotherAndSaysHowTheOneBeforeItEnded) {
  const Seen up = pod_seen(pod_text(R"("phase":"Running","containerStatuses":[)" +
                                    pod_container("api", pod_running, pod_out_of_memory, 1) + "," +
                                    pod_container("mesh", pod_running) + "]"));
  EXPECT_TRUE(up.runs);
  EXPECT_EQ(up.identity, "u1/1");
  EXPECT_EQ(up.before, "exited with code 137, out of memory");
  EXPECT_EQ(up.sentence, "is running, not ready");
}

TEST(KubernetesPod, OneThatIsNotScheduledSaysWhatIsMissing) {
  const Seen pending = pod_seen(pod_text(
      R"("phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","message":"0/3 nodes are available"}])"));
  EXPECT_FALSE(pending.runs);
  EXPECT_TRUE(pending.comes_back);
  EXPECT_EQ(pending.sentence, "is pending: 0/3 nodes are available");
}

TEST(KubernetesPod, OneThatIsBeingDeletedRunsUntilItsContainersDoNot) {
  const std::string statuses = R"("phase":"Running","containerStatuses":[)" +
                               pod_container("api", pod_running) + "," + pod_container("mesh", pod_running) +
                               "]";
  const Seen leaving = pod_seen(pod_text(statuses, R"("deletionTimestamp":"2026-11-30T12:09:00Z",)"));
  EXPECT_TRUE(leaving.runs);
  EXPECT_EQ(leaving.sentence, "is being deleted");
}

TEST(KubernetesPod, OneThatIsOverComesBackOnlyByItsController) {
  const std::string failed = R"("phase":"Failed","reason":"Evicted")";
  EXPECT_TRUE(pod_seen(pod_text(failed)).comes_back);
  EXPECT_EQ(pod_seen(pod_text(failed)).sentence, "has failed: Evicted");
  auto alone = kube::read_object(pod_text(failed)).value();
  alone["metadata"].as_object().erase("ownerReferences");
  const auto pod = read_pod(alone, "");
  ASSERT_TRUE(pod);
  EXPECT_FALSE(pod->is_made_again());
  EXPECT_FALSE(kubernetes::seen_of(*pod).comes_back);
  for (const char* kind : {"Job", "Node"}) {
    kubernetes::Pod other = *pod;
    other.owner_kind = kind;
    EXPECT_FALSE(other.is_made_again()) << kind;
  }
}

TEST(KubernetesPod, OneOfALostNodeIsUnknownAndSoIsRubbish) {
  const auto lost = pod_read(pod_text(R"("phase":"Unknown")"));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, core::Errc::unavailable);
  for (const char* rubbish : {"{}", R"({"metadata":7})", R"({"metadata":{"name":"x","uid":"y"}})"})
    EXPECT_FALSE(pod_read(rubbish)) << rubbish;
  const auto no_such = pod_read(pod_text(R"("phase":"Running")"), "ghost");
  ASSERT_FALSE(no_such);
  EXPECT_THAT(no_such.error().what, HasSubstr("has no container ghost"));
}
