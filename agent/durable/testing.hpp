// For tests that write thousands of times.
#pragma once

#include "agent/os/scratch.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace outrider::durable::testing {

// A directory where a sync costs nothing; on the disk when there is no such place.
class Memory {
 public:
  Memory() {
    std::string pattern = "/dev/shm/outrider-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const {
    return (path_.empty() ? disk_.path() : path_) + "/" + name;
  }

 private:
  os::Scratch disk_;
  std::string path_;
};

}  // namespace outrider::durable::testing
