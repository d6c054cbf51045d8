// The listing's files by what their names mean. Used by the walk alone.
#pragma once

#include "agent/recovery/chain/chain.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace outrider::recovery {

// One segment's file.
struct IndexedFile {
  std::uint64_t number = 0;
  std::size_t file = 0;                // index in the listing
  LinkState state = LinkState::found;  // or wrong_size, ambiguous
};

struct Index {
  std::uint64_t segment_bytes = 0;
  bool segment_bytes_known = false;
  std::map<std::uint32_t, std::vector<IndexedFile>> timelines;  // each by number
  std::set<std::uint32_t> histories;
  std::vector<std::string> notes;

  std::uint32_t newest_timeline() const;  // 1 for an empty archive
};

Index index_of(const catalogs::Listing& listing, std::uint64_t segment_bytes);

// The segment a set begins with, or ends with, by name or by LSN.
std::optional<wal::SegmentId> segment_of(const std::string& name, const std::optional<wal::Lsn>& lsn,
                                         std::uint32_t timeline, std::uint64_t segment_bytes);

}  // namespace outrider::recovery
