#include "agent/actuators/kubernetes/cluster/cluster.hpp"

#include "agent/core/text.hpp"
#include "agent/kube/json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::actuators::kubernetes {
namespace {

namespace json = boost::json;
using core::Outcome;
using core::Task;
using kube::object_in;
using kube::text_in;

constexpr std::size_t longest_note_bytes = 500;
constexpr int most_pods = 500;
const char* const why_note = "outrider.dev/restarted-because";
const char* const rollout_note =
    "kubectl.kubernetes.io/restartedAt";  // kubectl's own, so that it knows it, too

std::string note_of(std::string why) {
  why = core::without_controls(std::move(why));
  if (why.size() > longest_note_bytes) why.resize(longest_note_bytes);
  return why.empty() ? "outrider was asked to" : core::clean_utf8(why);
}

json::object options_of(const Pod& pod, std::int64_t grace_seconds) {
  json::object options{
      {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"gracePeriodSeconds", grace_seconds}};
  options["preconditions"].emplace_object()["uid"] = pod.uid;
  return options;
}

// An empty list says that there is none; an answer without a list says nothing.
Outcome<Scene> read_list(const json::object& list, const Settings& settings,
                         std::optional<Workload> workload) {
  Scene scene;
  scene.workload = std::move(workload);
  scene.version = text_in(object_in(list, "metadata"), "resourceVersion");
  if (text_in(list, "kind") != "PodList" || scene.version.empty())
    return core::fail(core::Errc::corrupt, "what the API server says of pods is not what its API says");
  for (const json::value& one : kube::list_in(list, "items")) {
    auto pod = read_pod(one.is_object() ? one.get_object() : json::object(), settings.container);
    if (!pod) return core::fail(pod.error());
    if (!scene.workload || is_of(*scene.workload, *pod)) scene.pods.push_back(std::move(*pod));
  }
  return scene;
}

}  // namespace

Seen Scene::seen(const Settings& settings) const {
  if (workload) return seen_of(*workload, pods);
  if (settings.sort == Sort::pod && !pods.empty()) return seen_of(pods.front());
  Seen seen;
  seen.sentence = fmt::format("is no more: the API server knows no {} of that name", name_of(settings.sort));
  seen.how.unknown = true;
  seen.how.detail = fmt::format("the {} is not there", name_of(settings.sort));
  return seen;
}

std::string Cluster::pods_query(const std::optional<Workload>& workload) const {
  if (!workload) return "pods?fieldSelector=" + kube::quote("metadata.name=" + settings_.name);
  return fmt::format("pods?limit={}&labelSelector={}", most_pods, kube::quote(workload->selector));
}

Task<Outcome<Scene>> Cluster::look() {
  std::optional<Workload> workload;
  if (settings_.sort != Sort::pod) {
    kube::Question question;
    question.group = "apis/apps/v1";
    question.what = fmt::format("{}/{}", resource_of(settings_.sort), settings_.name);
    auto asking = api_.ask(std::move(question));
    const auto object = co_await std::move(asking);
    if (!object && object.error().code == core::Errc::not_found) co_return Scene();
    if (!object) co_return core::fail(object.error());
    auto read = read_workload(settings_.sort, *object);
    if (!read) co_return core::fail(read.error());
    workload = std::move(*read);
  }
  kube::Question question;
  question.what = pods_query(workload);
  auto asking = api_.ask(std::move(question));
  const auto list = co_await std::move(asking);
  if (!list) co_return core::fail(list.error());
  co_return read_list(*list, settings_, std::move(workload));
}

Task<Outcome<kube::Heard>> Cluster::watch(Scene& scene, core::Duration limit) {
  kube::Question question;
  question.what = pods_query(scene.workload);
  auto watching = api_.watch(std::move(question), scene.version, limit);
  co_return co_await std::move(watching);
}

Task<Outcome<>> Cluster::change(kube::Question question) {
  auto asking = api_.ask(std::move(question));
  const auto done = co_await std::move(asking);
  if (!done) co_return core::fail(done.error());
  co_return Outcome<>();
}

Task<Outcome<>> Cluster::note(const Pod& pod, const std::string& why) {
  json::object patch;
  json::object& metadata = patch["metadata"].emplace_object();
  metadata["uid"] = pod.uid;
  metadata["annotations"].emplace_object()[why_note] = note_of(why);
  kube::Question question;
  question.method = "PATCH";
  question.what = "pods/" + pod.name + "?fieldManager=outrider";
  question.content_type = "application/strategic-merge-patch+json";
  question.body = json::serialize(patch);
  return change(std::move(question));
}

Task<Outcome<>> Cluster::remove(const Pod& pod, std::int64_t grace_seconds) {
  kube::Question question;
  question.method = "DELETE";
  question.what = "pods/" + pod.name;
  question.body = json::serialize(options_of(pod, grace_seconds));
  return take_away(std::move(question));
}

// Of what is being deleted already no budget is asked: so its grace can be shortened the same way.
Task<Outcome<>> Cluster::evict(const Pod& pod, std::int64_t grace_seconds) {
  json::object eviction{{"apiVersion", "policy/v1"}, {"kind", "Eviction"}};
  eviction["metadata"].emplace_object()["name"] = pod.name;
  eviction["deleteOptions"] = options_of(pod, grace_seconds);
  kube::Question question;
  question.method = "POST";
  question.what = "pods/" + pod.name + "/eviction";
  question.body = json::serialize(eviction);
  question.waits_its_turn = false;
  auto taking = take_away(std::move(question));
  Outcome<> done = co_await std::move(taking);
  if (!done && done.error().code == core::Errc::exhausted)
    done.error().hint = "let its PodDisruptionBudget allow one more, or wait for those that are down";
  co_return done;
}

Task<Outcome<>> Cluster::take_away(kube::Question question) {
  auto changing = change(std::move(question));
  const Outcome<> done = co_await std::move(changing);
  // 409: what has the name now is another one.
  const bool is_gone =
      !done && (done.error().code == core::Errc::not_found || done.error().code == core::Errc::busy);
  if (is_gone) co_return Outcome<>();
  co_return done;
}

Task<Outcome<>> Cluster::roll_out(const Workload& workload, core::WallTime now, const std::string& why) {
  json::object patch;
  patch["metadata"].emplace_object()["uid"] = workload.uid;
  json::object& of_pods = patch["spec"].emplace_object()["template"].emplace_object();
  json::object& notes = of_pods["metadata"].emplace_object()["annotations"].emplace_object();
  notes[rollout_note] = core::show_time(now);
  notes[why_note] = note_of(why);
  kube::Question question;
  question.method = "PATCH";
  question.group = "apis/apps/v1";
  question.what = fmt::format("{}/{}?fieldManager=outrider", resource_of(workload.sort), workload.name);
  question.content_type = "application/strategic-merge-patch+json";
  question.body = json::serialize(patch);
  return change(std::move(question));
}

}  // namespace outrider::actuators::kubernetes
