#include "agent/os/process.hpp"
#include "agent/os/signals.hpp"

#include <csignal>
#include <cstring>

#include <fmt/core.h>

namespace outrider::os {

std::string signal_name(int number) {
  if (const char* name = sigabbrev_np(number)) return std::string("SIG") + name;
  if (number >= SIGRTMIN && number <= SIGRTMAX) return fmt::format("SIGRTMIN+{}", number - SIGRTMIN);
  return fmt::format("signal {}", number);
}

std::string Exit::sentence() const {
  std::string text = exited ? fmt::format("exited with code {}", code)
                            : fmt::format("killed by signal {} ({})", signal, signal_name(signal));
  if (core_dumped) text += ", core dumped";
  if (out_of_memory) text += ", out of memory";
  return text;
}

}  // namespace outrider::os
