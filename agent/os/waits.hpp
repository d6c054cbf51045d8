// What a process that answers nobody is waiting for, and how short the machine is of what it needs.
// `root` is where /proc is found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

struct ThreadWait {
  pid_t id = 0;
  std::string name;   // the kernel's, 15 characters
  char state = '?';   // R S D Z T …
  std::string waits;  // the kernel's function that it waits in; empty: in none, or it is not told
  std::string call;   // the system call it is in, by number, with its arguments; "running"; empty: not told
  std::string stack;  // of the kernel, a line a frame; empty: we may not see it
};

// At most `most` of its threads.
std::vector<ThreadWait> thread_waits(pid_t pid, std::size_t most, const std::string& root = "/");

// Share of the last ten seconds in which something waited for it, in percent; absent where the kernel does
// not tell.
struct Pressure {
  std::optional<double> cpu, memory, io;
};
Pressure pressure(const std::string& root = "/");

}  // namespace outrider::os
