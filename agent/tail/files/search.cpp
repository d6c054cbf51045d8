#include "agent/tail/files/search.hpp"

#include "agent/tail/files/glob.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tail {
namespace {

constexpr std::size_t most_copies = 4;

struct Candidate {
  std::string path;
  os::FileFacts facts;
};

core::Outcome<std::vector<Candidate>> files_in(os::WatchedFiles& files, const std::string& directory) {
  std::vector<Candidate> candidates;
  const auto items = files.list(directory);
  if (!items && items.error().code == core::Errc::not_found) return candidates;
  if (!items) return core::fail(items.error());
  for (const os::DirectoryItem& item : *items) {
    if (item.kind != os::FileFacts::Kind::file) continue;
    std::string path = joined(directory, item.name);
    if (const auto facts = files.facts(path)) candidates.push_back({std::move(path), *facts});
  }
  return candidates;
}

// A small file may have grown since the copy was made.
bool is_copy(const Wanted& wanted, const Opened& opened) {
  if (wanted.head.begins(opened.beginning)) return true;
  return wanted.head.began_as(opened.beginning) && may_be_copy(opened.path, wanted.path);
}

}  // namespace

core::Outcome<std::vector<Opened>> search(os::WatchedFiles& files, const Wanted& wanted) {
  auto listed = files_in(files, directory_of(wanted.path));
  if (!listed) return core::fail(listed.error());
  std::vector<Candidate>& candidates = *listed;
  const auto is_it = [&](const os::FileFacts& facts) {
    return Identity::of(facts).same_but_for_device(wanted.identity);
  };
  std::vector<Opened> found;
  const auto itself = std::ranges::find_if(candidates, is_it, &Candidate::facts);
  if (itself != candidates.end()) {
    auto opened = open(files, itself->path, false);
    if (!opened && opened.error().code != core::Errc::not_found) return core::fail(opened.error());
    if (opened && is_it(opened->facts) && wanted.head.begins(opened->beginning)) {
      found.push_back(std::move(*opened));
      return found;
    }
  }
  if (wanted.head.bytes == 0) return found;
  std::erase_if(candidates, [&](const Candidate& each) {
    return is_it(each.facts) || each.facts.modified < wanted.since || each.facts.size == 0;
  });
  std::ranges::sort(candidates, std::ranges::greater(),
                    [](const Candidate& each) { return each.facts.modified; });
  for (const Candidate& each : candidates) {
    if (found.size() == most_copies) break;
    auto opened = open(files, each.path, false);
    if (!opened && opened.error().code == core::Errc::exhausted) return core::fail(opened.error());
    if (opened && is_copy(wanted, *opened)) found.push_back(std::move(*opened));
  }
  return found;
}

bool may_be_copy(std::string_view path, std::string_view of) {
  if (directory_of(path) != directory_of(of)) return false;
  const std::string_view copy = name_of(path), name = name_of(of);
  return copy.size() > name.size() && copy.starts_with(name.substr(0, name.rfind('.')));
}

}  // namespace outrider::tail
