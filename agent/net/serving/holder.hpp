// Who listens on a TCP port, by /proc: for the one error message that is otherwise a riddle.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace outrider::net {

// "nginx (pid 812)", "a process of uid 33" when its descriptors may not be looked at, or empty.
std::string holder_of_port(std::uint16_t port, const std::string& proc = "/proc");

// "outrider (pid 812)"
std::string name_of_process(pid_t pid, const std::string& proc = "/proc");

}  // namespace outrider::net
