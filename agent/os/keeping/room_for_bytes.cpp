#include "agent/os/keeping/kept_stream.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace outrider::os {
namespace {

std::string note_of(const std::string& folder) { return folder + "/bytes"; }

// The folder lies where anybody may make one: only what is ours alone, and no link to elsewhere, is trusted.
bool is_ours_alone(const std::string& room) {
  struct stat found{};
  return ::lstat(room.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == ::geteuid() &&
         (found.st_mode & 077) == 0;
}

bool is_memory(const std::string& folder) {
  struct statfs found{};
  return ::statfs(folder.c_str(), &found) == 0 && found.f_type == TMPFS_MAGIC;
}

}  // namespace

core::Outcome<std::string> find_room_for_bytes(const std::string& folder) {
  const auto room = read_virtual(note_of(folder));
  if (!room) return core::fail(core::Errc::not_found, "nothing was kept of what " + folder + " names");
  if (!is_ours_alone(*room)) return core::fail(core::Errc::not_found, *room + " is gone, or not ours alone");
  return *room;
}

core::Outcome<std::string> make_room_for_bytes(const std::string& folder, const std::string& memory) {
  if (auto known = find_room_for_bytes(folder)) return known;
  const std::string cannot = "cannot keep in memory what a process writes";
  if (!is_memory(memory)) return core::fail(core::Errc::unsupported, cannot + ": " + memory + " is no tmpfs");
  std::string room = memory + "/outrider-XXXXXX";
  if (::mkdtemp(room.data()) == nullptr) return core::fail(core::system_error(cannot));
  const Descriptor note(
      ::open(note_of(folder).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!note || ::write(note.number(), room.data(), room.size()) != static_cast<ssize_t>(room.size())) {
    const core::Error error = core::system_error(cannot);
    ::rmdir(room.c_str());
    return core::fail(error);
  }
  return room;
}

}  // namespace outrider::os
