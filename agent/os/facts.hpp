// Facts about this machine and what it lets us do: for `doctor`, for the resource, for the status page.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>

namespace outrider::os {

std::string host_name();       // "localhost" when the kernel will not say
std::string kernel_release();  // "6.1.0-18-amd64"

struct Limit {
  std::uint64_t now = 0;
  std::uint64_t most = 0;  // that we may raise it to
};

core::Outcome<Limit> open_files_limit();
// As far as we may, up to `wanted`; what it is then.
core::Outcome<std::uint64_t> raise_open_files_limit(std::uint64_t wanted);

bool kernel_has_pidfd();  // Linux 5.4: without it no child can be watched
bool is_first_process();  // PID 1, as in a container
bool is_terminal(int descriptor);
std::string user_name();  // of our effective user, "uid 1000" when it has none

}  // namespace outrider::os
