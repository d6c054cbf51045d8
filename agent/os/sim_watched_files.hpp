// Files in memory that others write, rename, cut and delete, with what makes them hard to follow: inode
// numbers are given again, news may be lost, descriptors run out, and a disk may refuse to be read for a
// while.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/os/watching/watched_files.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::os {

struct WatchedFaults {
  bool no_news = false;         // what happens is told to nobody
  bool overflows = false;       // of what happens only that something did
  bool no_descriptors = false;  // EMFILE for everything that opens
  bool reads_fail = false;      // EIO
  bool nothing_cached = false;  // every reading has to wait for the disk
  std::uint64_t most_open = 1024;
};

class SimWatchedFiles final : public WatchedFiles {
 public:
  explicit SimWatchedFiles(core::Clock& clock) : clock_(clock) {}

  WatchedFaults faults;  // each holds from the next call on

  // What its writer does. Directories are there with the first file in them.
  void append(const std::string& path, std::string_view text);
  void truncate(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void copy(const std::string& from, const std::string& to);
  void remove(const std::string& path);

  std::size_t open_now() const { return open_; }

  core::Outcome<std::unique_ptr<ReadableFile>> open(const std::string& path) override;
  core::Outcome<FileFacts> facts(const std::string& path) override;
  core::Outcome<std::vector<DirectoryItem>> list(const std::string& directory) override;
  core::Outcome<std::string> real_path(const std::string& path) override;
  core::Outcome<std::unique_ptr<DirectoryWatch>> watch(const async::Executor& river) override;
  std::uint64_t most_open() override { return faults.most_open; }

 private:
  struct Node;
  class Handle;
  class Watch;

  void make_directories(const std::string& path);
  Node& made(const std::string& path);
  std::shared_ptr<Node> new_node();
  void let_go(const std::shared_ptr<Node>& node);
  void free_inode(const Node& node);
  std::int64_t now() const;
  void tell(Change::Kind kind, const std::string& path);

  core::Clock& clock_;
  std::map<std::string, std::shared_ptr<Node>> files_;
  std::map<std::string, std::uint64_t> directories_;  // their inodes
  std::set<std::uint64_t> free_inodes_;
  std::uint64_t next_inode_ = 100;
  std::size_t open_ = 0;
  std::vector<Watch*> watches_;
};

}  // namespace outrider::os
