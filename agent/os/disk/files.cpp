#include "agent/os/files.hpp"

#include "agent/os/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

core::Error file_error(std::string_view doing, const std::string& path, int error_number) {
  core::Error error = core::system_error(fmt::format("cannot {} {}", doing, path), error_number);
  switch (error_number) {
    case ENOSPC: error.hint = "the disk is full, or has no inodes left"; break;
    case EDQUOT: error.hint = "the quota of our user is used up"; break;
    case EROFS: error.hint = "the file system is mounted read-only"; break;
    case EMFILE:
    case ENFILE: error.hint = "no file descriptors left: raise LimitNOFILE or ulimit -n"; break;
    case EACCES:
    case EPERM: error.hint = fmt::format("user {} may not; check owner and mode", ::geteuid()); break;
    default: break;
  }
  return error;
}

tl::unexpected<core::Error> fail_file(std::string_view doing, const std::string& path,
                                      int error_number = errno) {
  return core::fail(file_error(doing, path, error_number));
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// 0, or the error number.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// Writes a file beside `path`, whole and durable, and lets `put` bring it there. 0, or the error number.
template <class Put>
int write_whole(const std::string& path, std::string_view content, int mode, const Put& put) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return errno;
  int trouble = write_all(file.number(), content);
  if (trouble == 0 && ::fchmod(file.number(), static_cast<mode_t>(mode)) != 0) trouble = errno;
  if (trouble == 0 && ::fsync(file.number()) != 0) trouble = errno;
  if (trouble == 0 && put(temporary.c_str()) != 0) trouble = errno;
  if (trouble != 0) ::unlink(temporary.c_str());
  return trouble;
}

// A new or renamed entry is durable only once its directory is. Some file systems cannot sync a directory,
// and say EINVAL: then there is nothing more to do.
core::Outcome<> sync_directory_of(const std::string& path) {
  const std::string directory = directory_of(path);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_file("open directory", directory);
  if (::fsync(opened.number()) != 0 && errno != EINVAL) return fail_file("sync directory", directory);
  return {};
}

class RealAppendFile final : public AppendFile {
 public:
  RealAppendFile(std::string path, Descriptor file, std::uint64_t size, bool is_new)
      : path_(std::move(path)), file_(std::move(file)), size_(size), entry_unsynced_(is_new) {}

  core::Outcome<> append(std::string_view bytes) override {
    const int trouble = write_all(file_.number(), bytes);
    if (trouble == 0) {
      size_ += bytes.size();
      return {};
    }
    core::Error error = file_error("append to", path_, trouble);
    if (::ftruncate(file_.number(), static_cast<off_t>(size_)) != 0) {
      error.what += ", and a part of it is left at the end";
    }
    return core::fail(std::move(error));
  }

  core::Outcome<> sync() override {
    if (::fdatasync(file_.number()) != 0) return fail_file("sync", path_);
    if (!entry_unsynced_) return {};
    core::Outcome<> synced = sync_directory_of(path_);
    entry_unsynced_ = !synced;
    return synced;
  }

  std::uint64_t size() const override { return size_; }

 private:
  std::string path_;
  Descriptor file_;
  std::uint64_t size_;
  bool entry_unsynced_;
};

class RealFiles final : public Files {
 public:
  core::Outcome<std::unique_ptr<AppendFile>> open_append(const std::string& path, int mode) override {
    const bool was_there = exists(path);
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
    Descriptor file(
        ::open(path.c_str(), flags | O_NONBLOCK, mode));  // a FIFO without a reader must not hold us
    if (!file) return fail_file("open", path);
    struct stat about{};
    if (::fstat(file.number(), &about) != 0) return fail_file("open", path);
    if (!S_ISREG(about.st_mode)) {
      return core::fail(core::Errc::invalid, fmt::format("cannot append to {}: not a regular file", path));
    }
    const auto size = static_cast<std::uint64_t>(about.st_size);
    return std::make_unique<RealAppendFile>(path, std::move(file), size, !was_there);
  }

  core::Outcome<std::string> read_all(const std::string& path, std::uint64_t limit_bytes) override {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return fail_file("open", path);
    struct stat about{};
    if (::fstat(file.number(), &about) != 0) return fail_file("open", path);
    if (S_ISDIR(about.st_mode)) return fail_file("read", path, EISDIR);
    const auto expected = static_cast<std::uint64_t>(std::max<off_t>(0, about.st_size));
    std::string content;
    if (expected <= limit_bytes) content.reserve(expected);
    std::string buffer(64UL * 1024, '\0');
    while (content.size() <= limit_bytes) {
      const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_file("read", path);
      if (count == 0) return content;
      content.append(buffer, 0, static_cast<std::size_t>(count));
    }
    return core::fail(core::Errc::exhausted,
                      fmt::format("cannot read {}: larger than {} bytes", path, limit_bytes));
  }

  core::Outcome<std::string> read_tail(const std::string& path, std::uint64_t most_bytes) override {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return fail_file("open", path);
    struct stat about{};
    if (::fstat(file.number(), &about) != 0) return fail_file("open", path);
    const auto size = static_cast<std::uint64_t>(std::max<off_t>(0, about.st_size));
    std::string tail(std::min(size, most_bytes), '\0');
    const ssize_t count =
        ::pread(file.number(), tail.data(), tail.size(), static_cast<off_t>(size - tail.size()));
    if (count < 0) return fail_file("read", path);
    tail.resize(static_cast<std::size_t>(count));
    return tail;
  }

  core::Outcome<std::string> read_part(const std::string& path, std::uint64_t from,
                                       std::uint64_t most_bytes) override {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return fail_file("open", path);
    std::string part(most_bytes, '\0');
    const ssize_t count = ::pread(file.number(), part.data(), part.size(), static_cast<off_t>(from));
    if (count < 0) return fail_file("read", path);
    part.resize(static_cast<std::size_t>(count));
    return part;
  }

  core::Outcome<> replace(const std::string& path, std::string_view content, int mode) override {
    const auto put = [&path](const char* temporary) { return ::rename(temporary, path.c_str()); };
    const int trouble = write_whole(path, content, mode, put);
    if (trouble != 0) return fail_file("write", path, trouble);
    return sync_directory_of(path);
  }

  core::Outcome<> create(const std::string& path, std::string_view content, int mode) override {
    const auto put = [&path](const char* temporary) {
      const int linked = ::link(temporary, path.c_str());
      if (linked == 0) ::unlink(temporary);
      return linked;
    };
    const int trouble = write_whole(path, content, mode, put);
    if (trouble == EEXIST) {
      return core::fail(core::Errc::busy, fmt::format("cannot make {}: it is there", path));
    }
    if (trouble != 0) return fail_file("write", path, trouble);
    return sync_directory_of(path);
  }

  core::Outcome<> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail_file("rename", from + " to " + to);
    core::Outcome<> synced = sync_directory_of(to);
    if (synced && directory_of(from) != directory_of(to)) synced = sync_directory_of(from);
    return synced;
  }

  core::Outcome<> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return fail_file("remove", path);
    return {};
  }

  core::Outcome<> truncate(const std::string& path, std::uint64_t size_bytes) override {
    if (::truncate(path.c_str(), static_cast<off_t>(size_bytes)) != 0) return fail_file("truncate", path);
    return {};
  }

  core::Outcome<> make_directories(const std::string& path, int mode) override {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string part = path.substr(0, end);
      if (::mkdir(part.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST) {
        return fail_file("make directory", part);
      }
      if (end == std::string::npos) break;
    }
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return fail_file("make directory", path);
    if (!S_ISDIR(about.st_mode)) return fail_file("make directory", path, ENOTDIR);
    return {};
  }

  core::Outcome<std::vector<std::string>> list(const std::string& directory) override {
    std::error_code trouble;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(directory, trouble);
    while (!trouble && entry != std::filesystem::directory_iterator()) {
      names.push_back(entry->path().filename());
      entry.increment(trouble);
    }
    if (trouble) return fail_file("list", directory, trouble.value());
    std::ranges::sort(names);
    return names;
  }

  core::Outcome<std::uint64_t> size_of(const std::string& path) override {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return fail_file("find", path);
    return static_cast<std::uint64_t>(about.st_size);
  }

  core::Outcome<std::uint64_t> free_bytes(const std::string& directory) override {
    struct statvfs about{};
    if (::statvfs(directory.c_str(), &about) != 0) return fail_file("ask for free space of", directory);
    return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;  // what is kept for root is not ours
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }
};

}  // namespace

std::unique_ptr<Files> make_files() { return std::make_unique<RealFiles>(); }

}  // namespace outrider::os
