// Where a file's content is now that is no longer where it was: under another name, or in a copy. Blocks.
#pragma once

#include "agent/tail/files/look.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::tail {

struct Wanted {
  std::string path;
  Identity identity;  // its device may be unknown
  Head head;
  std::int64_t since = 0;  // a copy was changed then or later
};

std::optional<Opened> search(os::WatchedFiles& files, const Wanted& wanted);

}  // namespace outrider::tail
