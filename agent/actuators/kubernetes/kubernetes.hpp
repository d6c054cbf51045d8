// A pod of Kubernetes, or the pods of a Deployment, StatefulSet or DaemonSet: followed, and restarted by
// deleting what was judged or by a rollout. Making and ending them for good is their controllers' work.
#pragma once

#include "agent/actuators/elsewhere.hpp"
#include "agent/actuators/kubernetes/pods/workload.hpp"
#include "agent/kube/access.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::actuators::kubernetes {

enum class By { rollout, deletion, eviction };

struct Settings : kube::Access {
  Sort sort = Sort::pod;
  std::string name;
  std::string container;  // the one that counts; empty: each
  std::optional<By> written_by;

  By by() const { return written_by.value_or(sort == Sort::pod ? By::deletion : By::rollout); }
};

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings, core::Duration stop_timeout);

}  // namespace outrider::actuators::kubernetes
