// What a file system does of what following log files needs.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"
#include "agent/os/watching/watched_files.hpp"

#include <string>
#include <string_view>

namespace outrider::cli {

struct DiskFacts {
  std::string type;             // "ext4"; empty: unknown
  bool knows_births = false;    // of files
  bool tells_news = false;      // by inotify, of what is written here
  bool keeps_identity = false;  // of a file that is renamed
  bool keeps_deleted = false;   // what is open stays readable when its name is gone
};

struct DiskTools {
  os::Files& files;
  os::WatchedFiles& watched;
  core::Clock& clock;
};

// Tries it out in `directory`, which is there and empty.
core::Task<core::Outcome<DiskFacts>> look_at_disk(DiskTools tools, async::Executor river,
                                                  std::string directory);

// The type of the file system that holds `path`, as /proc/self/mountinfo tells; empty when it does not.
std::string file_system_of(std::string_view mountinfo, std::string_view path);

}  // namespace outrider::cli
