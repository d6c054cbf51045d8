#include "agent/os/watching/watched_files.hpp"

#include "agent/os/descriptor.hpp"
#include "agent/os/facts.hpp"
#include "agent/os/watching/directory_watch.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

tl::unexpected<core::Error> fail_file(std::string_view doing, const std::string& path, int number = errno) {
  core::Error error = core::system_error(fmt::format("cannot {} {}", doing, path), number);
  if (number == EMFILE || number == ENFILE) {
    error.hint = "no file descriptors left: raise LimitNOFILE or ulimit -n";
  } else if (number == EACCES || number == EPERM) {
    error.hint = fmt::format("user {} may not; check owner and mode", ::geteuid());
  }
  return core::fail(std::move(error));
}

std::int64_t nanoseconds_of(const struct statx_timestamp& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// 0, or the error number. With an empty path: of the open file.
int stat_at(int directory, const char* path, FileFacts& facts) {
  struct statx about{};
  const int flags = path[0] == '\0' ? AT_EMPTY_PATH : 0;
  if (::statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &about) != 0) return errno;
  facts.kind = S_ISREG(about.stx_mode)   ? FileFacts::Kind::file
               : S_ISDIR(about.stx_mode) ? FileFacts::Kind::directory
                                         : FileFacts::Kind::other;
  facts.device = std::uint64_t{about.stx_dev_major} << 32 | about.stx_dev_minor;
  facts.inode = about.stx_ino;
  facts.born = (about.stx_mask & STATX_BTIME) != 0 ? nanoseconds_of(about.stx_btime) : 0;
  facts.modified = nanoseconds_of(about.stx_mtime);
  facts.size = about.stx_size;
  facts.names = about.stx_nlink;
  return 0;
}

class RealReadableFile final : public ReadableFile {
 public:
  explicit RealReadableFile(Descriptor file) : file_(std::move(file)) {}

  core::Outcome<std::size_t> read_at(std::span<char> into, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count =
          ::pread(file_.number(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return core::fail(core::system_error("cannot read an open file"));
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  std::optional<std::size_t> read_cached(std::span<char> into, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < into.size()) {
      iovec rest{into.data() + done, into.size() - done};
      const ssize_t count =
          ::preadv2(file_.number(), &rest, 1, static_cast<off_t>(offset + done), RWF_NOWAIT);
      if (count < 0) return std::nullopt;
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  core::Outcome<FileFacts> facts() override {
    FileFacts facts;
    const int trouble = stat_at(file_.number(), "", facts);
    if (trouble != 0) return core::fail(core::system_error("cannot look at an open file", trouble));
    return facts;
  }

 private:
  Descriptor file_;
};

FileFacts::Kind kind_of(unsigned char type) {
  if (type == DT_REG) return FileFacts::Kind::file;
  return type == DT_DIR ? FileFacts::Kind::directory : FileFacts::Kind::other;
}

class RealWatchedFiles final : public WatchedFiles {
 public:
  core::Outcome<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    Descriptor file =
        above_standard(Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)));
    if (!file) return fail_file("open", path);
    FileFacts facts;
    const int trouble = stat_at(file.number(), "", facts);
    if (trouble != 0) return fail_file("open", path, trouble);
    if (facts.kind != FileFacts::Kind::file) {
      return core::fail(core::Errc::invalid, fmt::format("cannot read {}: not a regular file", path));
    }
    return std::make_unique<RealReadableFile>(std::move(file));
  }

  core::Outcome<FileFacts> facts(const std::string& path) override {
    FileFacts facts;
    const int trouble = stat_at(AT_FDCWD, path.c_str(), facts);
    if (trouble != 0) return fail_file("look at", path, trouble);
    return facts;
  }

  core::Outcome<std::vector<DirectoryItem>> list(const std::string& directory) override {
    struct Closing {
      void operator()(DIR* open) const { ::closedir(open); }
    };
    const std::unique_ptr<DIR, Closing> open(::opendir(directory.c_str()));
    if (!open) return fail_file("list", directory);
    std::vector<DirectoryItem> items;
    for (;;) {
      errno = 0;
      const dirent* item =
          ::readdir(open.get());  // NOLINT(concurrency-mt-unsafe): nobody else has this stream
      if (item == nullptr) break;
      const std::string_view name(item->d_name);
      if (name != "." && name != "..") items.push_back({std::string(name), kind_of(item->d_type)});
    }
    if (errno != 0) return fail_file("list", directory);
    return items;
  }

  core::Outcome<std::string> real_path(const std::string& path) override {
    char resolved[PATH_MAX];
    if (::realpath(path.c_str(), resolved) == nullptr) return fail_file("resolve", path);
    return std::string(resolved);
  }

  core::Outcome<std::unique_ptr<DirectoryWatch>> watch(const async::Executor& river) override {
    return watch_directories(river);
  }

  std::uint64_t most_open() override {
    const auto limit = open_files_limit();
    return limit ? limit->now : 1024;
  }
};

}  // namespace

std::unique_ptr<WatchedFiles> make_watched_files() { return std::make_unique<RealWatchedFiles>(); }

}  // namespace outrider::os
