// What there is to see of this machine, for whoever watches it: file systems, files, processes, ports.
// Every call may block, some (a dead NFS server) for ever: from a river they go through async::SlowCall.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/os/proc.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::os {

struct SpaceFacts {
  std::uint64_t bytes = 0;       // that there are for users: what is kept for root is not counted
  std::uint64_t free_bytes = 0;  // for users
  std::uint64_t inodes = 0;      // 0: it has no fixed number of them
  std::uint64_t free_inodes = 0;
  bool read_only = false;
  bool is_mount_point = false;  // of the path that was asked for
};

struct FileSight {
  core::WallTime modified{};
  std::uint64_t bytes = 0;
};

struct ProcessSight {
  ProcessFacts facts;
  std::optional<std::uint64_t> descriptors;  // nothing: we may not look
  std::optional<std::uint64_t> most_descriptors;
};

struct PortOwner {
  pid_t pid = 0;        // 0: nobody that we may see
  std::string name;     // the kernel's, 15 characters
  std::string address;  // "0.0.0.0", "::1" … as the kernel has it
};

class Machine {
 public:
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;

  virtual core::Outcome<SpaceFacts> space(const std::string& path) = 0;
  virtual core::Outcome<FileSight> file(const std::string& path) = 0;
  // Its first bytes.
  virtual core::Outcome<std::string> read(const std::string& path, std::uint64_t most_bytes) = 0;

  virtual core::Outcome<ProcessSight> process(pid_t pid) = 0;
  // By the kernel's name, or by what its program is called; threads of the kernel apart.
  virtual core::Outcome<std::vector<pid_t>> processes_named(const std::string& name) = 0;

  // Who listens on this TCP port; empty: nobody.
  virtual core::Outcome<std::vector<PortOwner>> listeners(std::uint16_t port) = 0;
};

// `root` is where proc/ is found, for tests.
std::unique_ptr<Machine> make_machine(std::string root = "/");

}  // namespace outrider::os
