// What is mounted where, and how full it is. Asking a mount may block for ever (a dead NFS server): from a
// river it goes through async::SlowCalls.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::os {

struct Mount {
  std::string device;
  std::string point;  // as a path, with the blanks it may hold
  std::string type;
  bool read_only = false;
};

// Of the text of /proc/self/mounts, in its order.
std::vector<Mount> mounts_in(std::string_view table);

// As statfs(2) counts: of all there is, also of what is kept for root.
struct Fullness {
  std::uint64_t bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t available_bytes = 0;  // to others than root
  std::uint64_t files = 0;
  std::uint64_t free_files = 0;
};

core::Outcome<Fullness> fullness_of(const std::string& path);

}  // namespace outrider::os
