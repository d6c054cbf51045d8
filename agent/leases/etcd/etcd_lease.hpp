// A lease in etcd v3, over its JSON gateway: a key that is there only as long as etcd's own lease on it.
#pragma once

#include "agent/leases/shelf.hpp"

#include <string>
#include <vector>

namespace outrider::leases::etcd {

struct Settings {
  std::vector<std::string> urls;  // asked in turn until one answers
  std::string key;                // "fleet/tests-api"
};

std::shared_ptr<Lease> make_lease(Settings settings, const Tools& tools);

}  // namespace outrider::leases::etcd
