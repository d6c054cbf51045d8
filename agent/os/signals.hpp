// What the outside tells us by signal. Caught by a handler that only writes to a pipe, so no thread needs a
// blocked mask, and a child starts with none (processes.cpp resets handlers and mask before it executes).
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::os {

class Signals {
 public:
  Signals() = default;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  virtual ~Signals() = default;  // gives the signals their default effect back

  // The next one, in the order in which they came. None is lost between two calls.
  virtual core::Task<int> next() = 0;
};

// Catches `numbers` from now on; next() is awaited on `executor`.
core::Outcome<std::unique_ptr<Signals>> make_signals(const async::Executor& executor,
                                                     const std::vector<int>& numbers);

// A peer that went away is an error of write(), not the end of the program. Call once, early in main().
void ignore_broken_pipes();

// "SIGTERM"; "signal 42" for those without a name.
std::string signal_name(int number);

}  // namespace outrider::os
