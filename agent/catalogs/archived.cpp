#include "agent/catalogs/archived.hpp"

#include <algorithm>
#include <tuple>

namespace outrider::catalogs {

bool take_suffix(std::string_view& name, std::span<const std::string_view> suffixes) {
  for (const std::string_view suffix : suffixes) {
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    return true;
  }
  return false;
}

void sort_by_name(std::vector<ArchivedFile>& files) {
  std::sort(files.begin(), files.end(), [](const ArchivedFile& a, const ArchivedFile& b) {
    return std::tie(a.name, a.object) < std::tie(b.name, b.object);
  });
}

}  // namespace outrider::catalogs
