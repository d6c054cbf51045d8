#pragma once

#include <filesystem>
#include <string>

namespace outrider::os {

// Where this program lies; empty when it cannot be told. After an upgrade in place it is the new one: that is
// what can still be started.
inline std::string program_path() {
  std::error_code trouble;
  std::string path = std::filesystem::read_symlink("/proc/self/exe", trouble).string();
  constexpr std::string_view replaced = " (deleted)";
  if (path.ends_with(replaced)) path.resize(path.size() - replaced.size());
  return path;
}

}  // namespace outrider::os
