// Files of an archive, as every layout has them.
#pragma once

#include "agent/catalogs/shelf.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace outrider::catalogs {

// Takes ".gz", ".zst" and the like off a name; true when there was one of those that the tool writes.
bool take_suffix(std::string_view& name, std::span<const std::string_view> suffixes);

// In the order that a Listing promises.
void sort_by_name(std::vector<ArchivedFile>& files);

}  // namespace outrider::catalogs
