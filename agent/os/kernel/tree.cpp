#include "agent/os/tree.hpp"

#include "agent/core/text.hpp"
#include "agent/os/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outrider::os {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int file_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;  // a pipe would wait for a writer
constexpr std::size_t files_between_looks_at_the_clock = 256;

std::string shown(const std::string& root, std::string_view name) {
  return core::clean_utf8(name.empty() ? root : root + "/" + std::string(name));
}

core::Error trouble_with(std::string_view doing, const std::string& root, std::string_view name, int number) {
  core::Error error = core::system_error("cannot " + std::string(doing) + " " + shown(root, name), number);
  if (number == ELOOP || number == ENOTDIR) {
    error.code = core::Errc::invalid;
    error.hint = "links inside the folder are not followed: name the folder that is meant";
  }
  return error;
}

// The parts of a name; nothing when it could lead out of the folder.
std::optional<std::vector<std::string>> parts_of(std::string_view name) {
  std::vector<std::string> parts;
  if (name.find('\0') != std::string_view::npos || name.starts_with('/')) return std::nullopt;
  while (!name.empty()) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return std::nullopt;
    parts.emplace_back(part);
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return parts;
}

core::Error bad_name(const std::string& root, std::string_view name) {
  return core::Error(core::Errc::invalid, "cannot look for " + core::clean_utf8(name) + " in " + root +
                                              ": it is no name of a file below a folder");
}

core::Outcome<Descriptor> open_root(const std::string& root) {
  Descriptor opened(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() >= 0) return opened;
  core::Error error = trouble_with("open", root, {}, errno);
  if (error.code == core::Errc::not_found) {
    error.code = core::Errc::unavailable;
    error.hint = "is it mounted?";
  }
  return core::fail(std::move(error));
}

// The folder that many parts down. `not_found` when it is absent.
core::Outcome<Descriptor> open_folder(const std::string& root, const std::vector<std::string>& parts,
                                      std::size_t count) {
  core::Outcome<Descriptor> folder = open_root(root);
  std::string so_far;
  for (std::size_t at = 0; folder && at < count; ++at) {
    so_far += (so_far.empty() ? "" : "/") + parts[at];
    Descriptor inner(::openat(folder->number(), parts[at].c_str(), folder_flags));
    if (inner.number() < 0) return core::fail(trouble_with("open", root, so_far, errno));
    *folder = std::move(inner);
  }
  return folder;
}

core::WallTime time_of(const timespec& time) {
  return core::WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

TreeFile file_of(std::string name, const struct stat& state) {
  return {std::move(name), static_cast<std::uint64_t>(state.st_size), time_of(state.st_mtim)};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

class Walk {
 public:
  Walk(const std::string& root, const TreeBounds& bounds) : root_(root), bounds_(bounds) {}

  core::Outcome<> into(Descriptor descriptor, const std::string& name, std::size_t level) {
    if (level > bounds_.most_levels) {
      return core::fail(core::Errc::exhausted,
                        "cannot list " + shown(root_, name) + ": it is nested too deep");
    }
    const OpenFolder folder(::fdopendir(descriptor.number()));
    if (!folder) return core::fail(trouble_with("list", root_, name, errno));
    (void)descriptor.release();  // closedir() closes it
    std::vector<std::string> inner;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) {
        if (errno == 0) break;
        return core::fail(trouble_with("list", root_, name, errno));
      }
      if (auto taken = take(*entry, ::dirfd(folder.get()), name, inner); !taken) return taken;
    }
    for (const std::string& part : inner) {
      const std::string below = name.empty() ? part : name + "/" + part;
      Descriptor opened(::openat(::dirfd(folder.get()), part.c_str(), folder_flags));
      if (opened.number() < 0) {
        if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR)
          continue;  // gone, or something else by now
        return core::fail(trouble_with("open", root_, below, errno));
      }
      if (auto walked = into(std::move(opened), below, level + 1); !walked) return walked;
    }
    return {};
  }

  std::vector<TreeFile> files;
  std::vector<std::string> folders;
  bool only_folders = false;

 private:
  core::Outcome<> take(const dirent& entry, int folder, const std::string& name,
                       std::vector<std::string>& inner) {
    const std::string part = entry.d_name;
    if (part == "." || part == "..") return {};
    if (++seen_ % files_between_looks_at_the_clock == 0 && bounds_.late && bounds_.late()) {
      return core::fail(core::Errc::timed_out, "cannot list " + shown(root_, name) + " in the time given");
    }
    if (seen_ > bounds_.most_files) {
      return core::fail(core::Errc::exhausted, "cannot list " + shown(root_, {}) + ": it holds more than " +
                                                   std::to_string(bounds_.most_files) + " files");
    }
    if (entry.d_type == DT_LNK) return {};
    if (entry.d_type == DT_DIR) return (only_folders ? folders : inner).push_back(part), core::Outcome<>();
    if (only_folders && entry.d_type != DT_UNKNOWN) return {};
    struct stat state{};
    if (::fstatat(folder, part.c_str(), &state, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {};
      return core::fail(trouble_with("look at", root_, name.empty() ? part : name + "/" + part, errno));
    }
    if (S_ISDIR(state.st_mode)) (only_folders ? folders : inner).push_back(part);
    if (S_ISREG(state.st_mode) && !only_folders) {
      files.push_back(file_of(name.empty() ? part : name + "/" + part, state));
    }
    return {};
  }

  const std::string& root_;
  const TreeBounds& bounds_;
  std::size_t seen_ = 0;
};

// `below` without a slash at its end, which people write to mean a folder.
core::Outcome<> walk(Walk& walk, const std::string& root, std::string_view below) {
  if (below.ends_with('/')) below.remove_suffix(1);
  const std::optional<std::vector<std::string>> parts = parts_of(below);
  if (!parts) return core::fail(bad_name(root, below));
  core::Outcome<Descriptor> folder = open_folder(root, *parts, parts->size());
  if (!folder && folder.error().code == core::Errc::not_found) return {};
  if (!folder) return core::fail(folder.error());
  return walk.into(std::move(*folder), std::string(below), 0);
}

struct Opened {
  Descriptor descriptor;
  TreeFile file;
};

core::Outcome<Opened> open_file(const std::string& root, std::string_view name) {
  const std::optional<std::vector<std::string>> parts = parts_of(name);
  if (!parts || parts->empty()) return core::fail(bad_name(root, name));
  core::Outcome<Descriptor> folder = open_folder(root, *parts, parts->size() - 1);
  if (!folder) return core::fail(folder.error());
  Descriptor opened(::openat(folder->number(), parts->back().c_str(), file_flags));
  if (opened.number() < 0) return core::fail(trouble_with("open", root, name, errno));
  struct stat state{};
  if (::fstat(opened.number(), &state) != 0) return core::fail(trouble_with("look at", root, name, errno));
  if (!S_ISREG(state.st_mode)) {
    return core::fail(core::Errc::invalid, "cannot read " + shown(root, name) + ": it is not a file");
  }
  return Opened{std::move(opened), file_of(std::string(name), state)};
}

// At most that many bytes, fewer when the file ends first.
core::Outcome<std::string> read_up_to(const Opened& opened, const std::string& root,
                                      std::uint64_t most_bytes) {
  std::string content(std::min(most_bytes, opened.file.bytes + 1), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(opened.descriptor.number(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::fail(trouble_with("read", root, opened.file.name, errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled == content.size() && filled < most_bytes) content.resize(std::min(most_bytes, filled * 2));
  }
  content.resize(filled);
  return content;
}

}  // namespace

core::Outcome<std::vector<TreeFile>> list_tree(const std::string& root, std::string_view below,
                                               const TreeBounds& bounds) {
  Walk through(root, bounds);
  if (auto walked = walk(through, root, below); !walked) return core::fail(walked.error());
  std::sort(through.files.begin(), through.files.end(),
            [](const TreeFile& a, const TreeFile& b) { return a.name < b.name; });
  return std::move(through.files);
}

core::Outcome<std::vector<std::string>> list_folders(const std::string& root, std::string_view below) {
  const TreeBounds bounds;
  Walk through(root, bounds);
  through.only_folders = true;
  if (auto walked = walk(through, root, below); !walked) return core::fail(walked.error());
  std::sort(through.folders.begin(), through.folders.end());
  return std::move(through.folders);
}

core::Outcome<TreeFile> look_beneath(const std::string& root, std::string_view name) {
  core::Outcome<Opened> opened = open_file(root, name);
  if (!opened) return core::fail(opened.error());
  return std::move(opened->file);
}

core::Outcome<std::string> read_beneath(const std::string& root, std::string_view name,
                                        std::uint64_t limit_bytes) {
  core::Outcome<Opened> opened = open_file(root, name);
  if (!opened) return core::fail(opened.error());
  const std::uint64_t most_bytes = std::max(limit_bytes, limit_bytes + 1);  // one more tells, if there is one
  core::Outcome<std::string> content =
      opened->file.bytes > limit_bytes ? std::string() : read_up_to(*opened, root, most_bytes);
  if (!content) return content;
  if (content->size() > limit_bytes || opened->file.bytes > limit_bytes) {
    return core::fail(core::Errc::exhausted, "cannot read " + shown(root, name) + ": it is larger than " +
                                                 core::show_bytes(limit_bytes));
  }
  return content;
}

core::Outcome<std::string> read_beginning(const std::string& root, std::string_view name,
                                          std::size_t most_bytes) {
  core::Outcome<Opened> opened = open_file(root, name);
  if (!opened) return core::fail(opened.error());
  return read_up_to(*opened, root, most_bytes);
}

}  // namespace outrider::os
