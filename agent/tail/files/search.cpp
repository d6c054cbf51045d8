#include "agent/tail/files/search.hpp"

#include "agent/tail/files/glob.hpp"

namespace outrider::tail {

std::optional<Opened> search(os::WatchedFiles& files, const Wanted& wanted) {
  const std::string directory = directory_of(wanted.path);
  const auto items = files.list(directory);
  if (!items) return std::nullopt;
  for (const os::DirectoryItem& item : *items) {
    if (item.kind != os::FileFacts::Kind::file) continue;
    const std::string path = joined(directory, item.name);
    const auto facts = files.facts(path);
    if (!facts || !Identity::of(*facts).same_but_for_device(wanted.identity)) continue;
    auto opened = open(files, path, false);
    if (!opened || !Identity::of(opened->facts).same_but_for_device(wanted.identity)) continue;
    if (wanted.head.begins(opened->beginning)) return std::move(*opened);
  }
  return std::nullopt;
}

}  // namespace outrider::tail
