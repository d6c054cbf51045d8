// What can be seen of the service's process from outside. Called on the pool, one call at a time.
#pragma once

#include "agent/incident/kept/incident.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace outrider::incident {

class Eyes {
 public:
  Eyes() = default;
  Eyes(const Eyes&) = delete;
  Eyes& operator=(const Eyes&) = delete;
  virtual ~Eyes() = default;

  // Nothing when there is no such process.
  virtual std::optional<Sample> sample(pid_t pid) = 0;
  // What its threads wait for.
  virtual std::vector<Finding> hanging(pid_t pid) = 0;
  // When the one that was sampled last is gone: what the kernel has counted of it.
  virtual std::vector<Finding> gone() = 0;
  virtual std::string boot() = 0;  // another after each start of the machine; may be empty
};

std::unique_ptr<Eyes> make_eyes(std::string root = "/");

// Sees nothing: for worlds without a kernel.
std::unique_ptr<Eyes> make_closed_eyes();

}  // namespace outrider::incident
