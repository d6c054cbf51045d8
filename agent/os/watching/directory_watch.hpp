// The kernel's news of directories: inotify.
#pragma once

#include "agent/os/watching/watched_files.hpp"

#include <memory>

namespace outrider::os {

core::Outcome<std::unique_ptr<DirectoryWatch>> watch_directories(const async::Executor& river);

}  // namespace outrider::os
