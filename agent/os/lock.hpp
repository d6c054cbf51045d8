// One agent a state directory, one drill a fleet: a lock that the kernel gives back when its holder dies, and
// the server of a shared file system when its holder's machine does.
#pragma once

#include "agent/core/outcome.hpp"

#include <memory>
#include <string>

namespace outrider::os {

class Lock {
 public:
  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  virtual ~Lock() = default;  // gives it back
};

// Errc::busy, naming the holder, when another process has it.
core::Outcome<std::unique_ptr<Lock>> lock_file(const std::string& path);

}  // namespace outrider::os
