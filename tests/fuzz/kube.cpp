// What an API server of Kubernetes may say: a watch, a pod, a workload.
#include "agent/actuators/kubernetes/pods/workload.hpp"
#include "agent/kube/events.hpp"
#include "agent/kube/json.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {

void kube(std::string_view bytes) {
  using namespace actuators::kubernetes;
  outrider::kube::Events whole("1"), cut("1");
  (void)whole.feed(bytes);
  for (std::string_view rest = bytes; !rest.empty();) (void)cut.feed(take(rest, 7));
  must(whole.heard() == cut.heard() && whole.version() == cut.version(),
       "a watch is the same however it is cut");

  const auto object = outrider::kube::read_object(bytes);
  if (!object) return;
  const auto pod = read_pod(*object, "");
  if (pod) {
    must(!pod->uid.empty(), "a pod that may be deleted has a uid");
    must(!seen_of(*pod).sentence.empty(), "every pod has a sentence");
  }
  for (const Sort sort : {Sort::deployment, Sort::statefulset, Sort::daemonset}) {
    const auto workload = read_workload(sort, *object);
    if (!workload) continue;
    must(!workload->selector.empty(), "no workload means each pod of its namespace");
    must(!seen_of(*workload, {}).sentence.empty(), "every workload has a sentence");
  }
}

}  // namespace outrider::fuzz
