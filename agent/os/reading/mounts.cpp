#include "agent/os/reading/mounts.hpp"

#include "agent/core/lines.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <sys/vfs.h>

namespace outrider::os {
namespace {

// Blanks, tabs, newlines and backslashes stand there as \ and three octal digits.
std::string unescaped(std::string_view word) {
  std::string text;
  text.reserve(word.size());
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (word[at] == '\\' && at + 3 < word.size() && is_octal(word[at + 1]) && is_octal(word[at + 2]) &&
        is_octal(word[at + 3])) {
      text += static_cast<char>((word[at + 1] - '0') * 64 + (word[at + 2] - '0') * 8 + (word[at + 3] - '0'));
      at += 3;
    } else {
      text += word[at];
    }
  }
  return text;
}

}  // namespace

std::vector<Mount> mounts_in(std::string_view table) {
  std::vector<Mount> mounts;
  while (!table.empty()) {
    std::string_view line = core::take_line(table);
    Mount mount;
    mount.device = unescaped(take_word(line));
    mount.point = unescaped(take_word(line));
    mount.type = take_word(line);
    if (mount.type.empty()) continue;
    std::string_view options = take_word(line);
    while (!options.empty()) mount.read_only = core::take_until(options, ',') == "ro" || mount.read_only;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

core::Outcome<Fullness> fullness_of(const std::string& path) {
  struct statfs about{};
  if (::statfs(path.c_str(), &about) != 0) {
    return core::fail(core::system_error("cannot ask for the free space of " + path));
  }
  const auto block = static_cast<std::uint64_t>(about.f_bsize);
  Fullness fullness;
  fullness.bytes = about.f_blocks * block;
  fullness.free_bytes = about.f_bfree * block;
  fullness.available_bytes = about.f_bavail * block;
  fullness.files = about.f_files;
  fullness.free_files = about.f_ffree;
  return fullness;
}

}  // namespace outrider::os
