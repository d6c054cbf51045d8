// Which files there are. Blocks: runs on the pool.
#pragma once

#include "agent/os/watching/watched_files.hpp"
#include "agent/tail/files/glob.hpp"

#include <set>
#include <string>
#include <vector>

namespace outrider::tail {

struct Choice {
  std::vector<Glob> files;
  std::vector<Glob> exclude;

  bool includes(std::string_view path) const;
};

struct Sighting {
  std::string path;
  os::FileFacts facts;
  std::string target;  // where the path really leads, when it is a link
};

struct Survey {
  std::vector<Sighting> files;
  std::set<std::string> directories;  // files of ours are in them
  std::set<std::string> ways;         // files of ours may one day be below them
  std::set<std::string> unknown;      // files and directories that could not be looked at
  std::vector<core::Error> troubles;

  // Whether nothing can be said of this path, though it was not seen.
  bool hides(std::string_view path) const;
};

// All that the choice includes.
Survey survey(os::WatchedFiles& files, const Choice& choice);

// The same for these paths alone.
Survey survey(os::WatchedFiles& files, const Choice& choice, const std::set<std::string>& paths);

}  // namespace outrider::tail
