#include "agent/net/serving/holder.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

namespace outrider::net {
namespace {

namespace fs = std::filesystem;

struct HeldSocket {
  std::string inode;
  std::string uid;
};

// A line of /proc/net/tcp: "sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …".
std::optional<HeldSocket> read_line(const std::string& line, std::uint16_t port) {
  static constexpr std::string_view listening = "0A";
  std::istringstream words(line);
  std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
  words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
  const std::size_t colon = local.rfind(':');
  if (!words || state != listening || colon == std::string::npos) return std::nullopt;
  if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) != port) return std::nullopt;
  return HeldSocket{inode, uid};
}

std::optional<HeldSocket> find_socket(const std::string& file, std::uint16_t port) {
  std::ifstream table(file);
  for (std::string line; std::getline(table, line);) {
    if (auto found = read_line(line, port)) return found;
  }
  return std::nullopt;
}

bool holds(const fs::path& process, const std::string& link) {
  std::error_code error;  // processes end, and are not ours to look at, at any time
  for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (fs::read_symlink(entry->path(), gone) == link) return true;
  }
  return false;
}

}  // namespace

std::string name_of_process(pid_t pid, const std::string& proc) {
  std::ifstream file(fmt::format("{}/{}/comm", proc, pid));
  std::string name;
  std::getline(file, name);
  return fmt::format("{} (pid {})", name.empty() ? "a process" : name, pid);
}

std::string holder_of_port(std::uint16_t port, const std::string& proc) {
  std::optional<HeldSocket> socket = find_socket(proc + "/net/tcp", port);
  if (!socket) socket = find_socket(proc + "/net/tcp6", port);
  if (!socket) return {};
  const std::string link = "socket:[" + socket->inode + "]";
  std::error_code error;
  for (fs::directory_iterator entry(proc, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (holds(entry->path(), link)) return name_of_process(std::atoi(name.c_str()), proc);
  }
  return "a process of uid " + socket->uid;
}

}  // namespace outrider::net
