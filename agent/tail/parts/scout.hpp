// Looks for files: when the kernel tells news of a directory, and every `rescan` all the same.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/tail/files/survey.hpp"
#include "agent/tail/parts/parts.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace outrider::tail {

struct ScoutTools {
  core::Clock& clock;
  async::Pool& pool;
  core::Log& log;
  os::WatchedFiles& files;
};

class Scout {
 public:
  Scout(const async::Executor& river, ScoutTools tools, const Settings& settings, Parts& parts)
      : tools_(tools), settings_(settings), parts_(parts), bell_(river) {}

  // Before run(): where the kernel's news come from. None: then rescans alone must do.
  void listen_to(os::DirectoryWatch* watch) { watch_ = watch; }

  void ring();

  core::Task<void> run();     // until cancelled
  core::Task<void> listen();  // until cancelled

 private:
  core::Task<void> look();
  core::Task<void> look_at_all();
  core::Task<void> watch_directories(Survey& survey);
  core::Task<void> open_files();
  void spare(bool none_left);  // descriptors of files at rest
  core::Task<void> look_at_unlooked();
  core::Task<void> seek();
  core::Task<void> tend();
  core::Task<void> rest();
  void hear(const os::Change& change);
  void tell(const std::vector<core::Error>& troubles);

  ScoutTools tools_;
  const Settings& settings_;
  Parts& parts_;
  os::DirectoryWatch* watch_ = nullptr;
  async::Bell bell_;
  bool rung_ = false;
  bool all_ = true;
  std::set<std::string> pending_;  // paths that something happened to
  std::set<std::string> watched_;
  std::set<std::string> told_;
  core::Instant next_rescan_{};
  core::Instant again_ = core::Instant::max();  // there were no descriptors left
};

}  // namespace outrider::tail
