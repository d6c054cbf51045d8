// Files in memory, with the faults that real ones have: a full disk, a failing sync, a power cut that tears
// the last write, a read-only mount, no descriptors left. Set a fault at any time; it holds from the next
// call on.
#pragma once

#include "agent/core/random.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace outrider::os {

struct FileFaults {
  std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();  // of the whole disk
  bool sync_fails = false;         // EIO; what was written since the last good sync is not durable
  bool read_only = false;          // EROFS for every change
  bool no_descriptors = false;     // EMFILE for everything that opens
  bool permission_denied = false;  // EACCES for everything that opens
};

class SimFiles final : public Files {
 public:
  FileFaults faults;

  core::Outcome<std::unique_ptr<AppendFile>> open_append(const std::string& path, int mode = 0640) override;
  core::Outcome<std::string> read_all(const std::string& path, std::uint64_t limit_bytes) override;
  core::Outcome<std::string> read_tail(const std::string& path, std::uint64_t most_bytes) override;
  core::Outcome<std::string> read_part(const std::string& path, std::uint64_t from,
                                       std::uint64_t most_bytes) override;
  core::Outcome<> replace(const std::string& path, std::string_view content, int mode = 0640) override;
  core::Outcome<> create(const std::string& path, std::string_view content, int mode = 0640) override;
  core::Outcome<> rename(const std::string& from, const std::string& to) override;
  core::Outcome<> remove(const std::string& path) override;
  core::Outcome<> truncate(const std::string& path, std::uint64_t size_bytes) override;
  core::Outcome<> make_directories(const std::string& path, int mode = 0750) override;
  core::Outcome<std::vector<std::string>> list(const std::string& directory) override;
  core::Outcome<std::uint64_t> size_of(const std::string& path) override;
  core::Outcome<std::uint64_t> free_bytes(const std::string& directory) override;
  bool exists(const std::string& path) override;

  // The power goes: bytes never synced are lost, files never synced are gone, open files are dead.
  void crash();
  // The same, but of each file's unsynced bytes a piece of random length had reached the disk: a torn write.
  void crash_torn(core::Random& random);

  // For tests: changes a file behind everyone's back, as a bad sector or an intruder would.
  void corrupt(const std::string& path, std::uint64_t offset, char with);

  std::uint64_t used_bytes() const;
  std::uint64_t syncs() const { return syncs_; }

 private:
  struct Node;
  class Handle;
  core::Outcome<std::shared_ptr<Node>> find(std::string_view doing, const std::string& path) const;
  bool has_room_for(std::uint64_t bytes) const;
  core::Outcome<> may_open(std::string_view doing, const std::string& path) const;
  core::Outcome<> may_change(std::string_view doing, const std::string& path) const;
  void lose_unsynced(core::Random* random);

  std::map<std::string, std::shared_ptr<Node>> nodes_;
  std::set<std::string> directories_{"/"};
  std::uint64_t syncs_ = 0;
};

}  // namespace outrider::os
