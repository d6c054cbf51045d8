// A restore point that we make, and what it may be called.
#pragma once

#include "agent/wal/lsn.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::recovery {

struct RestorePoint {
  std::string name;
  wal::Lsn lsn;  // where its record ends, and a recovery to it stops
};

// What is wrong with a name; nothing when it can be used. Letters, digits and . _ - : so that it can stand in
// a command, a file's name and a requirement as it is.
std::optional<std::string> trouble_with_point_name(std::string_view name);

}  // namespace outrider::recovery
