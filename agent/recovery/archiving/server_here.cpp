#include "agent/recovery/archiving/server_here.hpp"

#include "agent/os/proc.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::fail;

// The file is written a moment before the server takes its own time.
constexpr core::Duration start_tolerance = std::chrono::seconds(30);

std::optional<std::uint64_t> system_in(const std::string& data) {
  std::ifstream file(data + "/global/pg_control", std::ios::binary);
  char bytes[sizeof(std::uint64_t)];
  if (!file.read(bytes, sizeof bytes)) return std::nullopt;
  std::uint64_t id = 0;
  std::memcpy(&id, bytes, sizeof id);
  return id;
}

// The first line is its process, the third when it started.
struct PidFile {
  pid_t pid = 0;
  core::WallTime started{};
};

std::optional<PidFile> read_pid_file(const std::string& data) {
  std::ifstream file(data + "/postmaster.pid");
  std::string pid, folder, started;
  if (!std::getline(file, pid) || !std::getline(file, folder) || !std::getline(file, started))
    return std::nullopt;
  PidFile read;
  read.pid = static_cast<pid_t>(std::strtol(pid.c_str(), nullptr, 10));
  read.started = core::WallTime(std::chrono::seconds(std::strtoll(started.c_str(), nullptr, 10)));
  return read.pid > 1 ? std::optional(read) : std::nullopt;
}

std::string name_of_user(uid_t user) {
  const passwd* who = ::getpwuid(user);
  return who != nullptr ? who->pw_name : std::to_string(user);
}

}  // namespace

core::Outcome<ServerHere> find_server(const Evidence& evidence) {
  const SettingView* const folder = evidence.setting("data_directory");
  if (folder == nullptr || folder->value.empty())
    return fail(Errc::denied, "where its data directory is cannot be seen",
                "grant pg_monitor to the role that outrider uses");
  ServerHere server;
  server.data = folder->value;
  struct stat state{};
  if (::stat(server.data.c_str(), &state) != 0)
    return fail(Errc::not_found, server.data + " cannot be seen from here",
                "run outrider on the database's host");
  server.owner = state.st_uid;
  server.group = state.st_gid;
  server.user = name_of_user(state.st_uid);
  if (::geteuid() != 0 && ::geteuid() != server.owner)
    return fail(Errc::denied, fmt::format("{} belongs to {}", server.data, server.user),
                fmt::format("run outrider as {}, or as root", server.user));
  const auto system = system_in(server.data);
  if (!system || !evidence.system_id || *system != *evidence.system_id)
    return fail(Errc::not_found,
                fmt::format("{} on this machine is not the database that is watched", server.data));
  if (::access((server.data + "/standby.signal").c_str(), F_OK) == 0)
    return fail(Errc::not_found, fmt::format("{} on this machine is a standby's", server.data));
  const auto pid = read_pid_file(server.data);
  if (!pid || !evidence.server_started)
    return fail(Errc::not_found, fmt::format("no server seems to run in {}", server.data));
  const core::Duration apart = std::chrono::abs(pid->started - *evidence.server_started);
  if (apart > start_tolerance)
    return fail(Errc::not_found, fmt::format("the server in {} is not the one that is watched", server.data));
  server.postmaster = pid->pid;
  return server;
}

core::Outcome<bool> archiver_is_busy(const ServerHere& server) {
  const os::Proc proc;
  for (const pid_t child : proc.children(server.postmaster)) {
    const auto title = proc.command_line(child);
    if (!title || title->find("archiver") == std::string::npos) continue;
    return !proc.children(child).empty();
  }
  return fail(Errc::not_found, "the archiver's process cannot be seen");
}

}  // namespace outrider::recovery
