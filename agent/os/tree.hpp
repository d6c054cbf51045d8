// Looking below a folder without ever leaving it: no symbolic link inside it is followed, no pipe or device
// opened. The folder itself may be a link. Calls block: from a river they go through async::offload.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::os {

struct TreeFile {
  std::string name;  // below the root: "archive/main/15-1/…"; any bytes but 0
  std::uint64_t bytes = 0;
  core::WallTime modified{};
};

struct TreeBounds {
  std::size_t most_files = 5'000'000;
  std::size_t most_levels = 64;
  std::function<bool()> late{};  // asked now and then; true ends it with `timed_out`
};

// All regular files below the folder `below` of `root` ("" is the root itself), sorted by name. A folder that
// does not exist, or vanishes meanwhile, holds nothing; a root that is not there is `unavailable` (nothing is
// mounted), and any folder that cannot be read is an Error.
core::Outcome<std::vector<TreeFile>> list_tree(const std::string& root, std::string_view below,
                                               const TreeBounds& bounds = {});

// The folders right in the folder `below` of `root`, sorted. What is said of list_tree holds.
core::Outcome<std::vector<std::string>> list_folders(const std::string& root, std::string_view below);

// `not_found` only when the file is truly absent and the root is there.
core::Outcome<TreeFile> look_beneath(const std::string& root, std::string_view name);

// The whole file; `exhausted` when it is larger than `limit_bytes`.
core::Outcome<std::string> read_beneath(const std::string& root, std::string_view name,
                                        std::uint64_t limit_bytes);

// As many bytes of its beginning as there are, at most `most_bytes`.
core::Outcome<std::string> read_beginning(const std::string& root, std::string_view name,
                                          std::size_t most_bytes);

}  // namespace outrider::os
