// Files behind an interface, so that a full disk, a torn write and a power cut can be simulated.
// Calls block: from a river they go through async::offload.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::os {

// A file that only grows at its end.
class AppendFile {
 public:
  AppendFile() = default;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  virtual ~AppendFile() = default;

  // All of it, or an error that leaves the file at its former length.
  virtual core::Outcome<> append(std::string_view bytes) = 0;
  virtual core::Outcome<> sync() = 0;
  virtual std::uint64_t size() const = 0;
};

class Files {
 public:
  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;

  virtual core::Outcome<std::unique_ptr<AppendFile>> open_append(const std::string& path,
                                                                 int mode = 0640) = 0;
  // The whole file; `exhausted` when it is larger than `limit_bytes`.
  virtual core::Outcome<std::string> read_all(const std::string& path, std::uint64_t limit_bytes) = 0;
  // Its last bytes, or all of it when it is shorter.
  virtual core::Outcome<std::string> read_tail(const std::string& path, std::uint64_t most_bytes) = 0;
  // From a place on, as many as are there, at most so many; none behind its end.
  virtual core::Outcome<std::string> read_part(const std::string& path, std::uint64_t from,
                                               std::uint64_t most_bytes) = 0;
  // Atomically and durably: a reader sees the old or the new content, also after a power cut.
  virtual core::Outcome<> replace(const std::string& path, std::string_view content, int mode = 0640) = 0;
  // The same, but only where nothing is yet: of several who come together one makes it, the others are told
  // `busy`.
  virtual core::Outcome<> create(const std::string& path, std::string_view content, int mode = 0640) = 0;
  virtual core::Outcome<> rename(const std::string& from, const std::string& to) = 0;
  virtual core::Outcome<> remove(const std::string& path) = 0;
  virtual core::Outcome<> truncate(const std::string& path, std::uint64_t size_bytes) = 0;
  virtual core::Outcome<> make_directories(const std::string& path, int mode = 0750) = 0;
  virtual core::Outcome<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual core::Outcome<std::uint64_t> size_of(const std::string& path) = 0;
  virtual core::Outcome<std::uint64_t> free_bytes(const std::string& directory) = 0;
  virtual bool exists(const std::string& path) = 0;
};

std::unique_ptr<Files> make_files();

}  // namespace outrider::os
