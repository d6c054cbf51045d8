// The book of the restore points that there are. PostgreSQL takes one name as often as it is given and
// recovers to the first, so a name is used once in a cluster.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"
#include "agent/recovery/point/restore_point.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace outrider::recovery {

// One file a point, in a folder a cluster: of several who come together with a name, one gets it. Calls
// block.
class PointBook {
 public:
  PointBook(os::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  core::Outcome<> take(std::uint64_t system_id, const std::string& name);  // `busy`: it is taken
  void give_back(std::uint64_t system_id, const std::string& name);        // it was surely not made
  core::Outcome<> write(std::uint64_t system_id, const RestorePoint& point);
  // Where it is; nothing when that is not known.
  std::optional<RestorePoint> find(std::uint64_t system_id, const std::string& name);

 private:
  std::string folder_of(std::uint64_t system_id) const;

  os::Files& files_;
  std::string folder_;
};

}  // namespace outrider::recovery
