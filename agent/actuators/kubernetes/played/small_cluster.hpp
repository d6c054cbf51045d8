// As much of Kubernetes as the actuator asks, for its tests.
#pragma once

#include "agent/kube/json.hpp"
#include "agent/net/http.hpp"

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace outrider::actuators::kubernetes::played {

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
    if (call.path.ends_with("/eviction")) return on_eviction(call);
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

  int may_be_evicted = 100;  // as far as the budget goes

 private:
  using Found = std::map<std::string, SmallPod>::iterator;

  net::Response take_away(Found pod, const boost::json::object& options) {
    if (kube::text_in(kube::object_in(options, "preconditions"), "uid") != pod->second.uid)
      return said(409, "Conflict");
    if (ends_at_once)
      pods.erase(pod);
    else
      pod->second.leaving = true;
    return {200, {}, "{}"};
  }
  // {"kind":"Eviction","metadata":{"name":…},"deleteOptions":{…}}
  net::Response on_eviction(const net::Call& call) {
    const auto eviction = kube::read_object(call.body).value();
    const auto pod = pods.find(kube::text_in(kube::object_in(eviction, "metadata"), "name"));
    if (pod == pods.end()) return said(404, "NotFound");
    if (!pod->second.leaving && may_be_evicted-- <= 0) {
      may_be_evicted = 0;
      return {
          429,
          {},
          R"({"kind":"Status","status":"Failure","reason":"TooManyRequests","code":429,"message":)"
          R"("Cannot evict pod as it would violate the pod's disruption budget.","details":{"causes":[)"
          R"({"reason":"DisruptionBudget","message":"The disruption budget tests needs 2 healthy pods and )"
          R"(has 2 currently"}]}})"};
    }
    return take_away(pod, kube::object_in(eviction, "deleteOptions"));
  }
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
    return take_away(pod, kube::read_object(call.body).value());
  }
};

}  // namespace outrider::actuators::kubernetes::played
