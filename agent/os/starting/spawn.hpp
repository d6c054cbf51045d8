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
// When it returns with a value the new program is executing; when not, nothing of it is left.
core::Outcome<Spawned> spawn(const Command& command, int output, int errors);

// What the child will see: ours, without what a service manager meant for us alone, and `added` on top.
std::vector<std::string> child_environment(const std::vector<std::string>& added);

}  // namespace outrider::os
