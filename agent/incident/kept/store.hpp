// The incidents on the disk, one file each, bounded in number and in bytes. When there are too many, the
// oldest go, closed ones first. Calls block: from a river they go through async::offload.
#pragma once

#include "agent/incident/kept/incident.hpp"
#include "agent/os/files.hpp"

#include <string>
#include <vector>

namespace outrider::incident {

struct StoreBounds {
  std::size_t most = 50;
  std::uint64_t most_bytes = std::uint64_t{64} << 20U;
};

struct Stored {
  std::vector<Brief> briefs;  // oldest first
  std::vector<std::string> unreadable;
  std::vector<Incident> open;  // whole, oldest first
  std::uint64_t bytes = 0;
};

class Store {
 public:
  Store(os::Files& files, std::string directory, StoreBounds bounds)
      : files_(files), directory_(std::move(directory)), bounds_(bounds) {}

  // Makes the directory when it is not there.
  core::Outcome<Stored> load();

  // Atomically. Older ones may go for it; what is kept then.
  core::Outcome<> save(const Incident& incident);

  // As it was saved. `not_found` where there is none, `invalid` where it can be none.
  core::Outcome<std::string> read(const std::string& id) const;

  // Those that had to go since the last call.
  std::vector<std::string> removed() { return std::exchange(removed_, {}); }

 private:
  struct File {
    std::string id;
    std::uint64_t bytes = 0;
    bool open = false;
  };
  std::string path_of(const std::string& id) const { return directory_ + "/" + id + ".json"; }
  void note(const std::string& id, std::uint64_t bytes, bool open);
  void make_room(const std::string& keep);

  os::Files& files_;
  std::string directory_;
  StoreBounds bounds_;
  std::vector<File> known_;  // in the order of ids
  std::vector<std::string> removed_;
};

}  // namespace outrider::incident
