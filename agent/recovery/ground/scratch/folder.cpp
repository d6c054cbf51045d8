#include "agent/recovery/ground/scratch/folder.hpp"

#include "agent/catalogs/shelf.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outrider::recovery {
namespace {

namespace fs = std::filesystem;
using core::Errc;
using core::Outcome;

constexpr const char* whole_mark = "whole";
// A path of a Unix socket has 107 characters, and PostgreSQL adds its own name.
constexpr std::size_t longest_path = 80;

core::Error io_error(const std::string& doing, const std::error_code& trouble) {
  return core::system_error(doing, trouble.value());
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The process is a server on exactly this data directory.
bool serves(long pid, const std::string& data) {
  std::error_code trouble;
  const auto there = fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", trouble);
  return !trouble && fs::weakly_canonical(data, trouble) == there && !trouble;
}

}  // namespace

Outcome<> end_leftover(const std::string& data, int first) {
  const std::string line = first_line(data + "/postmaster.pid");
  const long pid = std::strtol(line.c_str(), nullptr, 10);
  if (pid <= 1 || !serves(pid, data)) return {};
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  if (handle < 0) {
    if (errno == ESRCH) return {};
    return core::fail(core::system_error("cannot watch the server that an earlier drill left behind"));
  }
  // The number may have become another's between the look and the handle.
  if (!serves(pid, data)) {
    ::close(handle);
    return {};
  }
  if (::syscall(SYS_pidfd_send_signal, handle, first, nullptr, 0) != 0 && errno != ESRCH) {
    const core::Error trouble = core::system_error("cannot end the server that an earlier drill left behind");
    ::close(handle);
    return core::fail(trouble);
  }
  const int patience_milliseconds = first == SIGQUIT ? 5000 : 15000;
  pollfd watched{handle, POLLIN, 0};
  if (::poll(&watched, 1, patience_milliseconds) == 0) {
    (void)::syscall(SYS_pidfd_send_signal, handle, SIGKILL, nullptr, 0);
    (void)::poll(&watched, 1, patience_milliseconds);
  }
  ::close(handle);
  return {};
}

void end_stragglers(const std::string& data) {
  constexpr int rounds = 50;  // one may start another while it is looked for
  constexpr int patience_milliseconds = 100;
  for (int round = 0; round < rounds; ++round) {
    bool found = false;
    std::error_code trouble;
    for (fs::directory_iterator at("/proc", trouble), end; !trouble && at != end; at.increment(trouble)) {
      const long pid = std::strtol(at->path().filename().c_str(), nullptr, 10);
      if (pid <= 1 || pid == ::getpid() || !serves(pid, data)) continue;
      const int handle = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
      if (handle < 0) continue;
      if (serves(pid, data) && ::syscall(SYS_pidfd_send_signal, handle, SIGKILL, nullptr, 0) == 0) {
        found = true;
        pollfd watched{handle, POLLIN, 0};
        (void)::poll(&watched, 1, patience_milliseconds);
      }
      ::close(handle);
    }
    if (!found) return;
  }
}

Outcome<> ScratchFolder::give(const std::string& path) const {
  if (user_.empty() || ::geteuid() != 0) return {};
  const passwd* who = ::getpwnam(user_.c_str());
  if (who == nullptr) {
    return core::fail(Errc::not_found, "there is no user " + user_, "set recovery.drill.user");
  }
  if (::lchown(path.c_str(), who->pw_uid, who->pw_gid) != 0) {
    return core::fail(core::system_error("cannot give " + path + " to " + user_));
  }
  return {};
}

Outcome<> ScratchFolder::make_folder(const std::string& path) const {
  std::error_code trouble;
  fs::create_directories(path, trouble);
  if (trouble) return core::fail(io_error("cannot make the directory " + path, trouble));
  if (::chmod(path.c_str(), S_IRWXU) != 0) return core::fail(core::system_error("cannot protect " + path));
  return give(path);
}

Outcome<> ScratchFolder::write(const std::string& name, std::string_view content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return core::fail(core::system_error("cannot write " + path));
  return give(path);
}

Outcome<> ScratchFolder::take(bool reuse) {
  const bool drill = use_ == ScratchUse::drill;
  const std::string refusal = (drill ? "cannot drill in " : "cannot keep a proof standby in ") + path_;
  if (path_.size() > longest_path || path_.find_first_of("'%\n\\") != std::string::npos) {
    return core::fail(Errc::invalid, refusal,
                      "choose a scratch path of at most 80 characters, without quotes, % and backslashes");
  }
  std::error_code trouble;
  if (fs::exists(path_, trouble) && !fs::exists(path_ + "/" + mark(), trouble) &&
      !fs::is_empty(path_, trouble)) {
    return core::fail(
        Errc::denied,
        refusal + (drill ? ": it holds files that are not a drill's" : ": it holds files that are not its"),
        std::string("name an empty directory in ") +
            (drill ? "recovery.drill.scratch" : "recovery.proof_standby.directory"));
  }
  if (auto made = make_folder(path_); !made) return made;
  if (auto marked = write(mark(), "outrider restores backups here and clears the directory afterwards\n");
      !marked) {
    return marked;
  }
  if (auto held = hold(); !held) return held;
  // A drill's server is ended at once, and without a checkpoint: nothing in it is worth keeping.
  if (auto ended = end_leftover(data(), drill ? SIGQUIT : SIGINT); !ended) return ended;
  end_stragglers(data());
  if (auto cleared = clear(reuse && has_whole_data()); !cleared) return cleared;
  for (const auto& folder : {socket(), ahead()}) {
    if (auto made = make_folder(folder); !made) return made;
  }
  return make_folder(data());
}

Outcome<> ScratchFolder::hold() {
  if (held_) return {};
  const std::string path = path_ + "/" + mark();
  os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return core::fail(core::system_error("cannot open " + path));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    return core::fail(Errc::busy, "another outrider works in " + path_, "give each a directory of its own");
  }
  held_ = std::move(file);
  return {};
}

Outcome<> ScratchFolder::clear(bool keep_data) {
  std::error_code trouble;
  if (!taken()) return {};
  for (fs::directory_iterator at(path_, trouble), end; !trouble && at != end; at.increment(trouble)) {
    const fs::path& path = at->path();
    const std::string name = path.filename();
    const bool of_data = path == data() || path == catalogs::beside(data()) || name == whole_mark;
    if (name == mark() || (keep_data && of_data)) continue;
    std::error_code removing;
    fs::remove_all(path, removing);
    if (removing) return core::fail(io_error("cannot clear " + path.string(), removing));
  }
  if (trouble) return core::fail(io_error("cannot clear " + path_, trouble));
  return {};
}

const char* ScratchFolder::mark() const {
  return use_ == ScratchUse::drill ? ".outrider-drill" : ".outrider-standby";
}

bool ScratchFolder::has_whole_data() const {
  std::error_code trouble;
  return fs::exists(path_ + "/" + whole_mark, trouble) && fs::exists(data() + "/PG_VERSION", trouble);
}

void ScratchFolder::mark_data_whole(bool whole) const {
  std::error_code ignored;
  if (whole) {
    (void)write(whole_mark, "");
  } else {
    fs::remove(path_ + "/" + whole_mark, ignored);
  }
}

Outcome<> ScratchFolder::mark_data_whole_with(const std::string& note) const {
  return write(whole_mark, note + "\n");
}

std::string ScratchFolder::note() const { return first_line(path_ + "/" + whole_mark); }

}  // namespace outrider::recovery
