// What /proc says of processes, of the machine's boot, and of who holds a port.
// `root` is where proc/ is found ("/"), so that fixtures serve as well. Reads are of virtual files: short.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

struct ProcessFacts {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  std::string name;                     // the kernel's, 15 characters
  char state = '?';                     // R S D Z T …
  core::Duration cpu_used{};            // user and system, of all its threads
  core::Duration started_after_boot{};  // tells a pid from its reuse
  std::uint64_t threads = 0;
  std::uint64_t resident_bytes = 0;
};

class Proc {
 public:
  explicit Proc(std::string root = "/");

  core::Outcome<ProcessFacts> facts(pid_t pid) const;  // 0: our own
  // Of a text that was read from a stat file.
  static std::optional<ProcessFacts> facts_in(std::string_view stat);
  // What of its memory is its own share, shared pages divided fairly. Dearer to ask than `facts`.
  core::Outcome<std::uint64_t> proportional_bytes(pid_t pid) const;
  core::Outcome<std::uint64_t> open_descriptors(pid_t pid) const;
  // With write() and its like, to files, pipes and sockets; `denied` for a process of somebody else.
  core::Outcome<std::uint64_t> written_bytes(pid_t pid) const;
  core::Outcome<std::string> command_line(pid_t pid) const;  // arguments joined by spaces

  core::Outcome<std::string> boot_id() const;
  core::Outcome<core::WallTime> boot_time() const;  // to the second

  std::vector<pid_t> all() const;
  std::vector<pid_t> children(pid_t parent) const;      // living and unreaped
  std::vector<pid_t> group_members(pid_t group) const;  // zombies apart

  // "pid 4711 (nginx)" of the process that listens on this TCP port, when we may see it.
  std::optional<std::string> listener_on(std::uint16_t port) const;

 private:
  std::string root_;
};

}  // namespace outrider::os
