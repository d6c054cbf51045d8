// The audit journal as an interface: who means to do what and why, and then what came of it.
// An action whose intent could not be written is not taken.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <string>

namespace outrider::core {

struct Deed {
  std::string actor;   // "supervise", or "operator alice"
  std::string action;  // "restart", "stop", "start", "reload" …
  std::string target;  // what it is done to
  std::string reason;  // the decision's sentence
};

class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  // Durable when it returns. Gives the number that the result will name.
  virtual Task<Outcome<std::uint64_t>> intend(Deed deed) = 0;
  virtual Task<Outcome<>> conclude(std::uint64_t intent, bool succeeded, std::string result) = 0;
};

}  // namespace outrider::core
