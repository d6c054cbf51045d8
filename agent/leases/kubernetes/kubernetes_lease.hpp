// A Lease of Kubernetes (coordination.k8s.io/v1): changed only by who has seen its last version.
#pragma once

#include "agent/kube/access.hpp"
#include "agent/leases/shelf.hpp"

#include <string>

namespace outrider::leases::kubernetes {

struct Settings : kube::Access {
  Settings() { timeout = std::chrono::seconds(2); }  // supervise waits 5 s for all that a taking needs

  std::string name;  // "tests-api-fleet"
};

std::shared_ptr<Lease> make_lease(Settings settings, const Tools& tools);

}  // namespace outrider::leases::kubernetes
