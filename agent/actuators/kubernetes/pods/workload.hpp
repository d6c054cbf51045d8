// What the API server says of a Deployment, StatefulSet or DaemonSet, and of its pods together. Pure.
#pragma once

#include "agent/actuators/kubernetes/pods/pod.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace outrider::actuators::kubernetes {

enum class Sort { pod, deployment, statefulset, daemonset };

std::string_view name_of(Sort sort);      // "deployment"
std::string_view resource_of(Sort sort);  // "deployments", as in paths

struct Workload {
  Sort sort = Sort::deployment;
  std::string name;
  std::string uid;
  std::string selector;     // of its pods, as a query takes it, not quoted yet
  std::string revision;     // of its template: another one once a rollout has begun
  std::int64_t wanted = 0;  // pods
  bool rolls = true;        // else a change of the template changes no pod
  std::string why_not{};    // it does not
  bool is_rolled_out = false;
  std::string progress;  // "1 of 3 pods are new, 2 ready"
};

core::Outcome<Workload> read_workload(Sort sort, const boost::json::object& object);

// Its controller made it. Selectors of two may overlap; what is not ours is not touched.
bool is_of(const Workload& workload, const Pod& pod);

// As every Place says it. `pods` are its own.
Seen seen_of(const Workload& workload, const std::vector<Pod>& pods);

// Those that a restart means: of those that stay the ones that are not ready, or all, when all are.
std::vector<Pod> sick_among(const std::vector<Pod>& pods);

}  // namespace outrider::actuators::kubernetes
