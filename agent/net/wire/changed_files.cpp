#include "agent/net/wire/changed_files.hpp"

#include <algorithm>

#include <sys/stat.h>

namespace outrider::net {

std::vector<timespec> ChangedFiles::times() const {
  std::vector<timespec> times;
  for (const std::string& path : paths_) {
    struct stat state{};
    if (!path.empty()) (void)::stat(path.c_str(), &state);
    times.push_back(state.st_mtim);
  }
  return times;
}

bool ChangedFiles::have_changed() const {
  return !std::ranges::equal(seen_, times(), [](const timespec& one, const timespec& other) {
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
  });
}

}  // namespace outrider::net
