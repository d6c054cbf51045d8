#include "agent/actuators/kubernetes/kubernetes.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::actuators::kubernetes {
namespace {

// As it is written: which of the four keys it was says what it is.
struct Written : Settings {
  std::string key;
};

std::optional<config::Complaint> trouble_with(const Written& written) {
  if (!kube::is_name(written.name))
    return config::Complaint{written.key,
                             "Kubernetes' names hold lower-case letters, digits, `-` and `.` only"};
  if (written.key == "pod" && written.written_by == By::rollout)
    return config::Complaint{"by",
                             "a pod alone cannot be rolled out: name the deployment, statefulset or "
                             "daemonset that makes it"};
  return std::nullopt;
}

config::Kind<Settings> settings() {
  const auto name = config::text_matching(1, 253);
  const auto of = []<class M>(M Settings::* member) { return static_cast<M Written::*>(member); };
  config::Object<Written> keys;
  keys.one_of(of(&Settings::name),
              {{"pod", name, "one pod by its name, as a StatefulSet gives it"},
               {"deployment", name, "the pods of a Deployment"},
               {"statefulset", name, "the pods of a StatefulSet"},
               {"daemonset", name, "the pods of a DaemonSet"}},
              "what is followed and restarted", &Written::key)
      .optional(
          "by", of(&Settings::written_by),
          config::choice<By>(
              {{"rollout", By::rollout}, {"deletion", By::deletion}, {"eviction", By::eviction}}),
          "how it is restarted: new pods for old at its controller's pace, or the sick pods deleted, or "
          "evicted as their PodDisruptionBudget allows; a pod alone is deleted, all else rolled out when "
          "left out")
      .optional("container", of(&Settings::container), config::text_matching(1, 63),
                "the container that counts; all of them when left out")
      .rule(trouble_with);
  const std::function<Settings(Written)> to_settings = [](Written written) {
    for (const Sort sort : {Sort::pod, Sort::deployment, Sort::statefulset, Sort::daemonset})
      if (written.key == name_of(sort)) written.sort = sort;
    return Settings(std::move(written));
  };
  return kube::with_access_keys(std::move(keys)).as<Settings>(to_settings);
}

}  // namespace

void enter(Shelf& shelf);
void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools, const Surroundings& surroundings) {
      return make_elsewhere(tools, make_place(tools, made, surroundings.stop_timeout));
    };
  };
  shelf.put({"kubernetes", "a pod of Kubernetes, or the pods of a Deployment, StatefulSet or DaemonSet",
             settings().as<Maker>(to_maker)});
}

}  // namespace outrider::actuators::kubernetes
