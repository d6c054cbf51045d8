// What is asked of the API server about one service, and what is asked of it for that service.
#pragma once

#include "agent/actuators/kubernetes/kubernetes.hpp"
#include "agent/kube/api.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::actuators::kubernetes {

// As of one moment.
struct Scene {
  std::optional<Workload> workload;  // nothing: it is about a pod alone, or there is none of that name
  std::vector<Pod> pods;
  std::string version;  // of the list, to watch from; empty: there is nothing to watch

  Seen seen(const Settings& settings) const;
};

class Cluster {
 public:
  Cluster(Settings settings, const kube::Tools& tools)
      : settings_(std::move(settings)), api_(static_cast<const kube::Access&>(settings_), tools) {}

  core::Task<core::Outcome<Scene>> look();
  // Returns with the first news of its pods since `scene`, or after a while.
  core::Task<core::Outcome<kube::Heard>> watch(Scene& scene, core::Duration limit);

  // Writes on the pod why it is going to be deleted.
  core::Task<core::Outcome<>> note(const Pod& pod, const std::string& why);
  // This very pod, and no other of its name: that it is gone already is no error.
  core::Task<core::Outcome<>> remove(const Pod& pod, std::int64_t grace_seconds);
  // So, too, but not beyond what its PodDisruptionBudget allows: that is `exhausted`, and nothing was done.
  core::Task<core::Outcome<>> evict(const Pod& pod, std::int64_t grace_seconds);
  // New pods for old, at its controller's pace.
  core::Task<core::Outcome<>> roll_out(const Workload& workload, core::WallTime now, const std::string& why);

 private:
  core::Task<core::Outcome<>> change(kube::Question question);
  core::Task<core::Outcome<>> take_away(kube::Question question);
  std::string pods_query(const std::optional<Workload>& workload) const;

  Settings settings_;
  kube::Api api_;
};

}  // namespace outrider::actuators::kubernetes
