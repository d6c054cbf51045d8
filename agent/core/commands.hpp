// What an operator may ask of the running agent. The API calls it, app answers it; every call is audited.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/status.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace outrider::core {

struct Operator {
  std::string name;    // "alice", "uid 1000", a certificate's subject
  std::string reason;  // why; never empty
};

class Commands {
 public:
  Commands() = default;
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;
  virtual ~Commands() = default;

  virtual Status status() = 0;

  // The events numbered above `after`, oldest first. When there are none yet it waits for the next one, but
  // no longer than `limit`; empty means that none came. Throws when cancelled.
  virtual Task<std::vector<Event>> events_after(std::uint64_t after, Duration limit) = 0;

  // Each returns a sentence that says what was done, or the Error that says why not.
  virtual Task<Outcome<std::string>> restart(Operator who, bool even_without_budget) = 0;
  virtual Task<Outcome<std::string>> reload(Operator who) = 0;
};

}  // namespace outrider::core
