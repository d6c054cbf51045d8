#include "agent/cli/doctor/doctor.hpp"
#include "agent/core/text.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/os/files.hpp"
#include "agent/os/proc.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/core.h>

namespace outrider::cli {
namespace {

constexpr std::uint64_t little_space_bytes = std::uint64_t{1} << 30U;
constexpr std::uint64_t no_space_bytes = std::uint64_t{64} << 20U;

bool may(const std::string& path, int how) {
  return ::faccessat(AT_FDCWD, path.c_str(), how, AT_EACCESS) == 0;
}

std::optional<struct stat> look(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return found;
}

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// The directory itself, or the nearest one above it that exists.
std::string nearest_existing(std::string path) {
  while (!look(path) && path != "/" && path != ".") path = parent_of(path);
  return path;
}

// Writes for real: permissions do not tell of read-only mounts, quotas and full disks.
Finding examine_writing(const std::string& about, const std::string& directory) {
  const std::string trial = fmt::format("{}/.outrider-doctor-{}", directory, ::getpid());
  const int file = ::open(trial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return {Health::bad, about, core::system_error("cannot write into " + directory).what,
            "give it to the user the agent runs as: chown, or StateDirectory= in the unit"};
  }
  const bool written = ::write(file, "doctor\n", 7) == 7 && ::fsync(file) == 0;
  const int problem = errno;
  ::close(file);
  ::unlink(trial.c_str());
  if (!written) {
    return {Health::bad, about, core::system_error("cannot write into " + directory, problem).what,
            "make room"};
  }
  return {Health::ok, about, directory + " can be written", ""};
}

Finding examine_state(const std::string& directory) {
  const auto found = look(directory);
  if (found && !S_ISDIR(found->st_mode)) {
    return {Health::bad, "state", directory + " is not a directory",
            "name another one, or move that file away"};
  }
  if (found) return examine_writing("state", directory);
  const std::string above = nearest_existing(directory);
  if (may(above, W_OK | X_OK)) return {Health::ok, "state", directory + " will be made", ""};
  return {Health::bad, "state", fmt::format("cannot make {}: {} may not be written", directory, above),
          "make it and give it to the agent's user, or StateDirectory= in the unit"};
}

// `for_what` says what comes to harm without room.
Finding examine_space(const std::string& about, const std::string& directory, const std::string& for_what) {
  const std::string existing = nearest_existing(directory);
  const auto files = os::make_files();
  const auto free = files->free_bytes(existing);
  if (!free) return {Health::unknown, about, free.error().what, ""};
  const std::string what = fmt::format("{} free at {}", core::show_bytes(*free), existing);
  if (*free < no_space_bytes) return {Health::bad, about, what, for_what};
  return {*free < little_space_bytes ? Health::warn : Health::ok, about, what,
          *free < little_space_bytes ? "1 GiB is a comfortable least" : ""};
}

struct Addresses {
  addrinfo* first = nullptr;
  Addresses() = default;
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  ~Addresses() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
};

// 0, or why this address cannot be bound now.
int try_binding(const addrinfo& address) {
  const int trial = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (trial < 0) return errno;
  const int yes = 1;
  ::setsockopt(trial, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int problem = ::bind(trial, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (problem == 0 && ::listen(trial, 1) != 0) problem = errno;
  ::close(trial);
  return problem;
}

Finding port_in_use(const std::string& about, const std::string& address, std::uint16_t port) {
  const std::string holder = os::Proc().listener_on(port).value_or("another process");  // "pid 4711 (nginx)"
  if (holder.ends_with("(outrider)")) return {Health::ok, about, address + " is served by " + holder, ""};
  return {Health::bad, about, fmt::format("cannot listen on {}: {} holds it", address, holder),
          "stop it, or choose another port"};
}

Finding examine_listen(const std::string& about, const std::string& address) {
  const auto endpoint = net::read_endpoint(address);
  if (!endpoint) return {Health::bad, about, endpoint.error().what, endpoint.error().hint};
  Addresses found;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  const std::string port = std::to_string(endpoint->port);
  const int failed = ::getaddrinfo(endpoint->host.empty() ? nullptr : endpoint->host.c_str(), port.c_str(),
                                   &wanted, &found.first);
  if (failed != 0 || found.first == nullptr) {
    return {Health::bad, about, fmt::format("cannot resolve {}: {}", endpoint->host, ::gai_strerror(failed)),
            "an IP address needs no name service"};
  }
  const int problem = try_binding(*found.first);
  if (problem == 0) return {Health::ok, about, address + " is free", ""};
  if (problem == EADDRINUSE) return port_in_use(about, address, endpoint->port);
  return {
      Health::bad, about, core::system_error("cannot listen on " + address, problem).what,
      problem == EACCES ? "ports below 1024 need CAP_NET_BIND_SERVICE" : "is it an address of this machine?"};
}

bool answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int trial = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (trial < 0) return false;
  const bool answered = ::connect(trial, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(trial);
  return answered;
}

Finding examine_socket(std::string path) {
  if (path.starts_with("unix:")) path = path.substr(5);
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return {Health::bad, "api.socket", fmt::format("{} is too long for a socket", path),
            fmt::format("at most {} bytes", sizeof(sockaddr_un::sun_path) - 1)};
  }
  const auto found = look(path);
  if (found && !S_ISSOCK(found->st_mode)) {
    return {Health::bad, "api.socket", path + " exists and is not a socket", "move it away"};
  }
  if (found && answers(path)) return {Health::ok, "api.socket", "an agent answers at " + path, ""};
  const std::string parent = parent_of(path);
  if (!look(parent))
    return {Health::bad, "api.socket", parent + " does not exist",
            "make it, or RuntimeDirectory= in the unit"};
  if (!may(parent, W_OK | X_OK)) {
    return {Health::bad, "api.socket", parent + " may not be written",
            "RuntimeDirectory= in the unit, or another path"};
  }
  return {Health::ok, "api.socket", path + (found ? " is left over and will be replaced" : " will be made"),
          ""};
}

// As execvp would find it; empty when nowhere.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const path =
      std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): one thread, as in every command
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::string candidate = std::string(rest.substr(0, end)) + "/" + name;
    if (may(candidate, X_OK)) return candidate;
    rest = rest.substr(std::min(end + 1, rest.size()));
  }
  return {};
}

// The program that "#!" names; empty for other files.
std::string interpreter_of(const std::string& program) {
  const int file = ::open(program.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string head(256, '\0');
  const auto got = ::read(file, head.data(), head.size());
  ::close(file);
  head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (!head.starts_with("#!")) return {};
  const auto begin = head.find_first_not_of(" \t", 2);
  if (begin == std::string::npos) return {};
  return head.substr(begin, head.find_first_of(" \t\n", begin) - begin);
}

Finding examine_child(const Premises& premises) {
  const std::string& name = premises.child.front();
  const std::string program = find_program(name);
  if (program.empty())
    return {Health::bad, "child", fmt::format("cannot find {} in PATH", name), "name it by its whole path"};
  const auto found = look(program);
  if (!found)
    return {Health::bad, "child", core::system_error("cannot find " + program).what,
            "is the service installed?"};
  if (S_ISDIR(found->st_mode))
    return {Health::bad, "child", program + " is a directory", "name the program in it"};
  if (!may(program, X_OK))
    return {Health::bad, "child", program + " may not be executed", "chmod +x " + program};
  const std::string interpreter = interpreter_of(program);
  if (!interpreter.empty() && !may(interpreter, X_OK)) {
    return {Health::bad, "child", fmt::format("{} wants {}, which cannot be executed", program, interpreter),
            "install it, or mend the first line of the script"};
  }
  const std::string& directory = premises.child_directory;
  if (!directory.empty()) {
    const auto where = look(directory);
    if (!where || !S_ISDIR(where->st_mode) || !may(directory, X_OK)) {
      return {Health::bad, "child", "cannot start it in " + directory, "make the directory, or name another"};
    }
  }
  return {Health::ok, "child", program + " can be executed", ""};
}

Finding examine_sink(const std::string& path) {
  const auto found = look(path);
  if (found && S_ISDIR(found->st_mode))
    return {Health::bad, "sink", path + " is a directory", "name a file in it"};
  if (found && !may(path, W_OK))
    return {Health::bad, "sink", path + " may not be written", "chown or chmod it"};
  const std::string parent = parent_of(path);
  const std::string above = nearest_existing(parent);
  const auto where = look(above);
  if (where && !S_ISDIR(where->st_mode)) {
    return {Health::bad, "sink", fmt::format("{} is not a directory, where {} belongs", above, path),
            "name another one, or move that file away"};
  }
  if (!may(above, W_OK | X_OK)) {
    return {Health::bad, "sink", fmt::format("{} may not be written, where {} belongs", above, path),
            "rotation needs to write the directory, too"};
  }
  if (above != parent) return {Health::ok, "sink", path + " and its directory will be made", ""};
  if (Finding tried = examine_writing("sink", parent); tried.health != Health::ok) return tried;
  return {Health::ok, "sink", path + (found ? " can be written" : " will be made"), ""};
}

Finding examine_file(const std::string& about, const std::string& path) {
  const auto found = look(path);
  if (!found) return {Health::bad, about, core::system_error("cannot find " + path).what, ""};
  if (!may(path, R_OK))
    return {Health::bad, about, path + " may not be read", "give the agent's user the right to"};
  const bool is_key = about.ends_with("key");
  if (is_key && (found->st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return {Health::warn, about, path + " may be read by everybody", "chmod o= " + path};
  }
  return {Health::ok, about, path + " can be read", ""};
}

}  // namespace

std::vector<Finding> examine_premises(const Premises& premises) {
  std::vector<Finding> findings;
  if (!premises.state_directory.empty()) {
    findings.push_back(examine_state(premises.state_directory));
    findings.push_back(examine_space("free space", premises.state_directory,
                                     "the audit journal needs room: nothing is done without it"));
  }
  for (const auto& [about, address] : premises.listen) findings.push_back(examine_listen(about, address));
  if (!premises.socket.empty()) findings.push_back(examine_socket(premises.socket));
  if (!premises.child.empty()) findings.push_back(examine_child(premises));
  for (const std::string& path : premises.sink_paths) {
    findings.push_back(examine_sink(path));
    if (findings.back().health == Health::bad) continue;
    findings.push_back(
        examine_space("sink space", parent_of(path), "lines wait in memory, then the oldest are dropped"));
  }
  for (const auto& [about, path] : premises.readable) findings.push_back(examine_file(about, path));
  return findings;
}

}  // namespace outrider::cli
