// Files that were written to while every lane stands still: how they begin must be known before they are
// truncated, or what was in them could not be found again in a copy.
#include "agent/tail/parts/parts.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tail {

std::vector<PartPointer> Parts::take_unlooked() {
  std::vector<PartPointer> parts;
  for (const auto& part : std::exchange(unlooked_, {})) {
    const auto waits = [](const Cursor& cursor) { return cursor.queued && !cursor.busy; };
    if (part->bytes && !part->packed && std::ranges::all_of(part->cursors, waits)) parts.push_back(part);
  }
  return parts;
}

void Parts::looked_at(const PartPointer& part, const std::shared_ptr<os::ReadableFile>& file,
                      std::uint64_t size_before, const Look& look) {
  if (part->bytes != file) return;  // a lane has looked meanwhile
  if (look.facts.size < size_before || !part->head.begins(look.beginning())) {
    content_gone(part, look.beginning(), look.facts);
    return;
  }
  part->size = std::max(part->size, look.facts.size);
  beginning_seen(part, look.beginning());
}

}  // namespace outrider::tail
