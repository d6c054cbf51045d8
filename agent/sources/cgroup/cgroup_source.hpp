// What the service's control group allows it and has counted, under the names of cAdvisor (container_*): v1,
// v2, or both mounted.
#pragma once

#include "agent/os/cgroup.hpp"
#include "agent/sources/rhythm.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <memory>
#include <string>

namespace outrider::sources::cgroup {

struct Settings : Rhythm {
  std::string root = "/";  // where proc/ and sys/fs/cgroup are found
};

void put_group(telemetry::FamilyWriter& out, const os::Cgroup& group);

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::cgroup
