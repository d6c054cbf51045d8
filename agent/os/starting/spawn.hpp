// Starting a program, down at the kernel. processes.cpp makes it a Process.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/descriptor.hpp"
#include "agent/os/process.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

struct Spawned {
  pid_t pid = 0;
  Descriptor pidfd;
};

// Starts it in a group of its own, reading nothing and writing to `output` and `errors` (-1: where we do).
// To `record` (-1: nowhere) the child appends its own /proc/self/stat before it executes: were it for us to
// write, there would be a moment in which we could be killed and nobody knew of it.
// When it returns with a value the new program is executing; when not, nothing of it is left.
core::Outcome<Spawned> spawn(const Command& command, int output, int errors, int record = -1);

// What the child will see: ours, without what a service manager meant for us alone, and `added` on top.
std::vector<std::string> child_environment(const std::vector<std::string>& added);

}  // namespace outrider::os
