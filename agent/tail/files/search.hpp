// Where a file's content is now that is no longer where it was: under another name, or in a copy. Blocks.
#pragma once

#include "agent/tail/files/look.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::tail {

struct Wanted {
  std::string path;
  Identity identity;  // its device may be unknown
  Head head;
  std::int64_t since = 0;  // a copy was changed then or later
};

// The file itself, or else what may be copies of it, plain or packed, the latest first; in its own directory.
// An error where one cannot look now.
core::Outcome<std::vector<Opened>> search(os::WatchedFiles& files, const Wanted& wanted);

// Whether one is called as copies of the other are: app.log.1, app.log-20260102, app-20260102.log of app.log.
bool may_be_copy(std::string_view path, std::string_view of);

}  // namespace outrider::tail
