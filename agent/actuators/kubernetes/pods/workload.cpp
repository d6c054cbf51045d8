#include "agent/actuators/kubernetes/pods/workload.hpp"

#include "agent/kube/json.hpp"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace outrider::actuators::kubernetes {
namespace {

namespace json = boost::json;
using core::Outcome;
using kube::list_in;
using kube::number_in;
using kube::object_in;
using kube::text_in;

constexpr std::string_view revision_note = "deployment.kubernetes.io/revision";

void add_term(std::string& to, const std::string& term) { to += (to.empty() ? "" : ",") + term; }

// Nothing: it has a term that we do not know, and which pods are meant is not known then.
std::optional<std::string> selector_of(const json::object& selector) {
  std::string text;
  for (const auto& [key, value] : object_in(selector, "matchLabels")) {
    if (!value.is_string()) return std::nullopt;
    add_term(text, fmt::format("{}={}", std::string_view(key), std::string_view(value.get_string())));
  }
  for (const json::value& one : list_in(selector, "matchExpressions")) {
    const json::object* const term = one.if_object();
    if (term == nullptr) return std::nullopt;
    const std::string key = text_in(*term, "key");
    const std::string how = text_in(*term, "operator");
    std::string values;
    for (const json::value& value : list_in(*term, "values")) {
      if (!value.is_string()) return std::nullopt;
      add_term(values, std::string(value.get_string()));
    }
    if (how == "In")
      add_term(text, fmt::format("{} in ({})", key, values));
    else if (how == "NotIn")
      add_term(text, fmt::format("{} notin ({})", key, values));
    else if (how == "Exists")
      add_term(text, key);
    else if (how == "DoesNotExist")
      add_term(text, "!" + key);
    else
      return std::nullopt;
  }
  if (text.empty()) return std::nullopt;  // would mean each pod of the namespace
  return text;
}

void read_rollout(const json::object& object, Workload& workload) {
  const json::object& metadata = object_in(object, "metadata");
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  const std::int64_t seen = number_in(status, "observedGeneration");
  std::int64_t fresh = 0, ready = 0, all = 0;
  if (workload.sort == Sort::daemonset) {
    workload.wanted = number_in(status, "desiredNumberScheduled");
    workload.revision = std::to_string(seen);
    fresh = number_in(status, "updatedNumberScheduled");
    ready = number_in(status, "numberAvailable");
    all = fresh;
  } else {
    workload.wanted = spec.contains("replicas") ? number_in(spec, "replicas") : 1;
    fresh = number_in(status, "updatedReplicas");
    ready = number_in(status, workload.sort == Sort::deployment ? "availableReplicas" : "readyReplicas");
    all = number_in(status, "replicas");
    workload.revision = workload.sort == Sort::deployment
                            ? text_in(object_in(metadata, "annotations"), revision_note)
                            : text_in(status, "updateRevision");
  }
  workload.is_rolled_out = seen >= number_in(metadata, "generation") && fresh >= workload.wanted &&
                           all <= workload.wanted && ready >= workload.wanted;
  workload.progress = fmt::format("{} of {} pods are new, {} ready", fresh, workload.wanted, ready);
}

void read_strategy(const json::object& spec, Workload& workload) {
  if (kube::truth_in(spec, "paused")) workload.why_not = "it is paused";
  if (text_in(object_in(spec, "updateStrategy"), "type") == "OnDelete")
    workload.why_not = "its update strategy is OnDelete";
  workload.rolls = workload.why_not.empty();
}

}  // namespace

std::string_view name_of(Sort sort) {
  switch (sort) {
    case Sort::pod: return "pod";
    case Sort::deployment: return "deployment";
    case Sort::statefulset: return "statefulset";
    case Sort::daemonset: return "daemonset";
  }
  return "pod";
}

std::string_view resource_of(Sort sort) {
  switch (sort) {
    case Sort::pod: return "pods";
    case Sort::deployment: return "deployments";
    case Sort::statefulset: return "statefulsets";
    case Sort::daemonset: return "daemonsets";
  }
  return "pods";
}

Outcome<Workload> read_workload(Sort sort, const json::object& object) {
  const json::object& metadata = object_in(object, "metadata");
  const json::object& spec = object_in(object, "spec");
  Workload workload;
  workload.sort = sort;
  workload.name = text_in(metadata, "name");
  workload.uid = text_in(metadata, "uid");
  auto selector = selector_of(object_in(spec, "selector"));
  if (workload.name.empty() || workload.uid.empty() || !selector)
    return core::fail(
        core::Errc::corrupt,
        fmt::format("what the API server says of a {} is not what its API says", name_of(sort)));
  workload.selector = std::move(*selector);
  read_rollout(object, workload);
  read_strategy(spec, workload);
  return workload;
}

bool is_of(const Workload& workload, const Pod& pod) {
  if (workload.sort != Sort::deployment) return pod.owner_uid == workload.uid;
  // Its pods belong to a ReplicaSet, which is called after it: NAME-HASH.
  const std::string_view owner = pod.owner_name;
  return pod.owner_kind == "ReplicaSet" && owner.starts_with(workload.name + "-") &&
         owner.find('-', workload.name.size() + 1) == std::string_view::npos;
}

Seen seen_of(const Workload& workload, const std::vector<Pod>& pods) {
  std::int64_t running = 0, ready = 0;
  const Pod* eldest = nullptr;  // who runs
  const Pod* newest = nullptr;
  for (const Pod& pod : pods) {
    if (newest == nullptr || pod.created >= newest->created) newest = &pod;
    if (!pod.runs || pod.leaving) continue;
    ++running;
    ready += pod.ready ? 1 : 0;
    if (eldest == nullptr || pod.created < eldest->created) eldest = &pod;
  }
  Seen seen;
  if (eldest != nullptr) {
    seen = seen_of(*eldest);
    seen.sentence = fmt::format("runs with {} of {} pods, {} ready", running, workload.wanted, ready);
    if (!seen.before.empty()) seen.before += " in pod " + eldest->name;
  } else if (newest != nullptr) {
    seen = seen_of(*newest);
    seen.runs = false;  // one that is leaving may still
    seen.sentence =
        fmt::format("has no pod that runs and stays: {} {}", newest->name, sentence_about(*newest));
  } else {
    seen.how.unknown = true;
    seen.how.detail = "it has no pod";
    seen.sentence = "has no pod";
  }
  if (workload.wanted == 0) seen.sentence = "is scaled to no pods";
  seen.comes_back = !seen.runs && workload.wanted > 0;
  seen.identity = workload.revision + "/" + seen.identity;
  return seen;
}

std::vector<Pod> sick_among(const std::vector<Pod>& pods) {
  std::vector<Pod> sick, well;
  for (const Pod& pod : pods)
    if (!pod.leaving) (pod.ready ? well : sick).push_back(pod);
  return sick.empty() ? well : sick;
}

}  // namespace outrider::actuators::kubernetes
