// Files that others write, and the news of them: for whoever follows logs. Everything but read_cached() may
// block, so that from a river it goes through async::offload; a DirectoryWatch waits on its own river.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace outrider::os {

// What a name leads to. Times are nanoseconds since 1970.
struct FileFacts {
  enum class Kind : std::uint8_t { file, directory, other };

  Kind kind = Kind::other;
  std::uint64_t device = 0;  // may be another one after the next start of the machine
  std::uint64_t inode = 0;   // may be given to another file once this one is gone
  std::int64_t born = 0;     // 0: the file system does not say
  std::int64_t modified = 0;
  std::uint64_t size = 0;
  std::uint32_t names = 0;  // 0: deleted, and there only for those who hold it open
};

// An open file. It stays readable when its name is gone, and may be read from several threads at once.
class ReadableFile {
 public:
  ReadableFile() = default;
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;
  virtual ~ReadableFile() = default;

  // Fewer than asked for only at the end of the file.
  virtual core::Outcome<std::size_t> read_at(std::span<char> into, std::uint64_t offset) = 0;
  // The same without ever waiting for a disk: nothing when it would have to, or on any trouble.
  virtual std::optional<std::size_t> read_cached(std::span<char> into, std::uint64_t offset) = 0;
  virtual core::Outcome<FileFacts> facts() = 0;
};

struct DirectoryItem {
  std::string name;
  FileFacts::Kind kind = FileFacts::Kind::other;  // of a link itself: other
};

struct Change {
  enum class Kind : std::uint8_t {
    written,  // the file called `name` grew or shrank
    entries,  // a name appeared, vanished, or leads elsewhere; empty `name`: the directory itself did
    touched,  // owner or mode
  };

  Kind kind;
  bool is_directory = false;  // what `name` is or was
  std::string directory;      // as it was added
  std::string name;
};

struct Changes {
  bool overflowed = false;  // more happened than could be told: look at everything
  std::vector<Change> list;
};

class DirectoryWatch {
 public:
  DirectoryWatch() = default;
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;
  virtual ~DirectoryWatch() = default;

  // Watches it from now on, or still; any thread, one at a time. Adding it again after it was replaced by
  // another directory watches the new one. `files_too`: also what is written to the files in it.
  virtual core::Outcome<> add(const std::string& directory, bool files_too) = 0;

  // Waits for news. On its river only.
  virtual core::Task<Changes> next() = 0;
};

class WatchedFiles {
 public:
  WatchedFiles() = default;
  WatchedFiles(const WatchedFiles&) = delete;
  WatchedFiles& operator=(const WatchedFiles&) = delete;
  virtual ~WatchedFiles() = default;

  // Follows links, as facts() does. Never waits for a writer.
  virtual core::Outcome<std::unique_ptr<ReadableFile>> open(const std::string& path) = 0;
  virtual core::Outcome<FileFacts> facts(const std::string& path) = 0;
  // In no order, without . and ..
  virtual core::Outcome<std::vector<DirectoryItem>> list(const std::string& directory) = 0;
  // Without links and dots.
  virtual core::Outcome<std::string> real_path(const std::string& path) = 0;
  // An error where the kernel has no more of them to give: then one has to look now and then.
  virtual core::Outcome<std::unique_ptr<DirectoryWatch>> watch(const async::Executor& river) = 0;
  // How many descriptors this process may have open.
  virtual std::uint64_t most_open() = 0;
};

std::unique_ptr<WatchedFiles> make_watched_files();

// Where there are none: nothing is found, and nothing is heard.
WatchedFiles& no_watched_files();

}  // namespace outrider::os
