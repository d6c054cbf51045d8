// Who a signal comes from. Made once from the configuration and stamped on metrics, traces and logs alike.
#pragma once

#include <string>

namespace outrider::core {

struct Resource {
  std::string service;      // service.name
  std::string namespace_;   // service.namespace
  std::string version;      // service.version
  std::string environment;  // deployment.environment
  std::string instance;     // service.instance.id
  std::string host;         // host.name
};

}  // namespace outrider::core
