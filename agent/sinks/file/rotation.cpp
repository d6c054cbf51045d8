#include "agent/sinks/file/rotation.hpp"

namespace outrider::sinks::file {

core::Outcome<> rotate(os::Files& files, const std::string& path, std::uint32_t keep) {
  if (keep == 0) return files.remove(path);
  const auto old = [&](std::uint32_t number) { return path + "." + std::to_string(number); };
  // The first free number: an earlier rotation that was cut off has left its gap there, and what is behind it
  // has been moved already.
  std::uint32_t free = 1;
  while (free < keep && files.exists(old(free))) ++free;
  // Renaming over path.<keep> replaces it: there is no moment in which a file that is to be kept is missing.
  for (; free > 1; --free) {
    if (auto moved = files.rename(old(free - 1), old(free)); !moved) return moved;
  }
  return files.rename(path, old(1));
}

}  // namespace outrider::sinks::file
