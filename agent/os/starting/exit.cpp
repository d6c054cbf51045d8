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
  std::string text = unknown  ? "ended, how is not known"
                     : exited ? fmt::format("exited with code {}", code)
                              : fmt::format("killed by signal {} ({})", signal, signal_name(signal));
  if (core_dumped) text += ", core dumped";
  if (out_of_memory) text += ", out of memory";
  if (!detail.empty()) text += ": " + detail;
  return text;
}

std::vector<Written> Processes::unread(const std::string&, bool) { return {}; }

core::Task<core::Outcome<std::unique_ptr<Process>>> Processes::take_over(std::string kept_in) {
  co_return core::fail(core::Errc::not_found, "cannot take over what " + kept_in + " names: nothing is kept");
}

std::vector<std::string> Processes::end_left_behind(const std::string&) { return {}; }

}  // namespace outrider::os
