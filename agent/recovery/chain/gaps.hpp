// What is missing on the way, and since when. Used by the walk alone.
#pragma once

#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/chain/index.hpp"

#include <vector>

namespace outrider::recovery {

// The files on the way, ascending: of each segment the newest timeline that has bytes in it.
struct WayFile {
  wal::SegmentId id;
  std::size_t file = 0;
  LinkState state = LinkState::found;
};

std::vector<WayFile> way_of(const Index& index, const wal::TimelineHistory& history);

// Fills `gaps`, `holes` and `path`, from segment `start` on.
void find_gaps(const ChainView& view, const std::vector<WayFile>& way, std::uint64_t start,
               ChainReport& report);

// Whether a hole that was seen for the first time now, or since, may still be filled.
LinkState state_of_hole(const ChainView& view, const Hole& hole);

// The hole as it was remembered, or as seen now for the first time.
Hole remembered(const ChainView& view, wal::SegmentId first);

}  // namespace outrider::recovery
