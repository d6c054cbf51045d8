#include "agent/actuators/kubernetes/pods/pod.hpp"

#include "agent/core/text.hpp"
#include "agent/kube/json.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/core.h>

namespace outrider::actuators::kubernetes {
namespace {

namespace json = boost::json;
using core::Outcome;
using kube::list_in;
using kube::number_in;
using kube::object_in;
using kube::text_in;
using kube::truth_in;

constexpr std::size_t quoted_bytes = 200;

// Each object of a list; what is none is passed over.
template <class What>
void each_in(const json::object& of, std::string_view key, What what) {
  for (const json::value& one : list_in(of, key))
    if (const json::object* const object = one.if_object()) what(*object);
}

os::Exit exit_of(const json::object& terminated) {
  os::Exit how;
  how.exited = true;
  how.code = static_cast<int>(number_in(terminated, "exitCode"));
  const std::string reason = text_in(terminated, "reason");
  how.out_of_memory = reason == "OOMKilled";
  const bool says_more =
      !reason.empty() && reason != "OOMKilled" && reason != "Error" && reason != "Completed";
  if (says_more) how.detail = reason;
  return how;
}

// The container of `status` is what its state says, and was what its last one says.
struct Ends {
  std::optional<os::Exit> last;
  std::string when;
  void add(const json::object& terminated) {
    if (terminated.empty()) return;
    const std::string finished = text_in(terminated, "finishedAt");
    if (last && finished < when) return;
    last = exit_of(terminated);
    when = finished;
  }
};

void read_containers(const json::object& status, const std::string& container, std::size_t wanted, Pod& pod) {
  std::size_t running = 0;
  Ends ends;
  each_in(status, "containerStatuses", [&](const json::object& one) {
    if (!container.empty() && text_in(one, "name") != container) return;
    const json::object& state = object_in(one, "state");
    pod.restarts += number_in(one, "restartCount");
    if (state.contains("running")) ++running;
    const std::string waits = text_in(object_in(state, "waiting"), "reason");
    if (!waits.empty() && pod.snag.empty()) pod.snag = waits;
    ends.add(object_in(object_in(one, "lastState"), "terminated"));
    ends.add(object_in(state, "terminated"));
  });
  pod.runs = pod.phase == "Running" && wanted > 0 && running == wanted;
  pod.last = ends.last;
}

void read_conditions(const json::object& status, Pod& pod) {
  each_in(status, "conditions", [&](const json::object& one) {
    const std::string type = text_in(one, "type");
    const bool holds = text_in(one, "status") == "True";
    if (type == "Ready") pod.ready = holds;
    if (type == "PodScheduled" && !holds && pod.snag.empty()) pod.snag = text_in(one, "message");
  });
}

std::size_t containers_that_count(const json::object& spec, const std::string& container) {
  std::size_t count = 0;
  each_in(spec, "containers", [&](const json::object& one) {
    if (container.empty() || text_in(one, "name") == container) ++count;
  });
  return count;
}

std::string first_of(std::string text) {
  text = core::without_controls(std::move(text));
  if (text.size() > quoted_bytes) text.resize(quoted_bytes);
  return core::clean_utf8(text);
}

}  // namespace

// A Job's pod has had its turn; a node's own (static) pods are not the API server's to delete.
bool Pod::is_made_again() const { return !owner_kind.empty() && owner_kind != "Job" && owner_kind != "Node"; }

Outcome<Pod> read_pod(const json::object& object, const std::string& container) {
  const json::object& metadata = object_in(object, "metadata");
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  Pod pod;
  pod.name = text_in(metadata, "name");
  pod.uid = text_in(metadata, "uid");
  pod.created = text_in(metadata, "creationTimestamp");
  pod.phase = text_in(status, "phase");
  static constexpr std::array<std::string_view, 4> phases{"Pending", "Running", "Succeeded", "Failed"};
  if (pod.name.empty() || pod.uid.empty())
    return core::fail(core::Errc::corrupt, "what the API server says of a pod is not what its API says");
  // "Unknown", most of all: its node has not been heard of.
  if (std::ranges::find(phases, pod.phase) == phases.end())
    return core::fail(core::Errc::unavailable, fmt::format("nobody knows how pod {} is: its phase is {}",
                                                           pod.name, first_of(pod.phase)));
  each_in(metadata, "ownerReferences", [&](const json::object& one) {
    if (!truth_in(one, "controller")) return;
    pod.owner_kind = text_in(one, "kind");
    pod.owner_name = text_in(one, "name");
    pod.owner_uid = text_in(one, "uid");
  });
  pod.leaving = metadata.contains("deletionTimestamp");
  if (spec.contains("terminationGracePeriodSeconds"))
    pod.grace_seconds = number_in(spec, "terminationGracePeriodSeconds");
  const std::size_t wanted = containers_that_count(spec, container);
  if (wanted == 0)
    return core::fail(core::Errc::invalid, fmt::format("pod {} has no container {}", pod.name, container));
  read_containers(status, container, wanted, pod);
  if (pod.snag.empty() && pod.phase == "Failed") pod.snag = text_in(status, "reason");  // "Evicted"
  read_conditions(status, pod);
  pod.snag = first_of(std::move(pod.snag));
  return pod;
}

std::string sentence_about(const Pod& pod) {
  const std::string snag = pod.snag.empty() ? "" : ": " + pod.snag;
  const std::string ended = pod.last && !pod.runs ? "; it " + pod.last->sentence() : "";
  if (pod.runs) return pod.leaving ? "is being deleted" : pod.ready ? "is running" : "is running, not ready";
  if (pod.leaving) return "is being deleted" + ended;
  if (pod.phase == "Pending") return "is pending" + snag;
  if (pod.phase == "Succeeded") return "has come to its end" + ended;
  if (pod.phase == "Failed") return "has failed" + snag + ended;
  return "waits for its container" + snag + ended;
}

Seen seen_of(const Pod& pod) {
  Seen seen;
  seen.runs = pod.runs;
  const bool is_over = pod.leaving || pod.phase == "Succeeded" || pod.phase == "Failed";
  seen.comes_back = !pod.runs && (!is_over || pod.is_made_again());
  seen.identity = fmt::format("{}/{}", pod.uid, pod.restarts);
  seen.sentence = sentence_about(pod);
  if (pod.last) {
    seen.how = *pod.last;
    if (pod.runs && pod.restarts > 0) seen.before = pod.last->sentence();
  } else {
    seen.how.unknown = true;
    seen.how.detail = pod.snag;
  }
  return seen;
}

}  // namespace outrider::actuators::kubernetes
