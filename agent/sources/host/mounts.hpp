// How full what is mounted is. A mount that does not answer (a dead NFS server) costs one thread that hangs
// and is left alone: it shows as node_filesystem_device_error, and the others as ever.
#pragma once

#include "agent/async/slow_call.hpp"
#include "agent/core/clock.hpp"
#include "agent/os/reading/mounts.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sources::host {

// Node_exporter's defaults: what only the kernel made up, and what belongs to containers.
bool is_ignored_type(std::string_view type);
bool is_ignored_point(std::string_view point);

struct MountSight {
  os::Mount mount;
  std::optional<os::Fullness> fullness;  // nothing: it could not be asked, or does not answer
};

using AskMount = std::function<core::Outcome<os::Fullness>(const std::string& path)>;

class MountWatch {
 public:
  // `ask` may hang, and be called on any thread.
  MountWatch(async::SlowCalls& calls, core::Clock& clock, AskMount ask);

  // One after the other in one call; where it does not come back within `limit`, the rest in another.
  core::Task<std::vector<MountSight>> look(std::vector<os::Mount> mounts, core::Duration limit);

 private:
  struct Walk;
  core::Task<std::size_t> walk(const std::vector<os::Mount>& mounts, const std::vector<std::size_t>& due,
                               core::Duration limit, std::vector<MountSight>& sights);

  async::SlowCalls& calls_;
  core::Clock& clock_;
  AskMount ask_;
  std::map<std::string, std::shared_ptr<Walk>> hanging_;  // by mount point
};

void put_mounts(telemetry::FamilyWriter& out, const std::vector<MountSight>& sights);

}  // namespace outrider::sources::host
