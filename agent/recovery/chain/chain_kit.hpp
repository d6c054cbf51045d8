// For tests: archives that are only listed, and a catalog over files in memory.
#pragma once

#include "agent/recovery/chain/chain.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace outrider::recovery {

struct ListingKit {
  std::uint64_t segment_bytes = wal::usual_segment_bytes;
  core::WallTime start{std::chrono::seconds(1'700'000'000)};
  catalogs::Listing listing;

  std::string name(std::uint64_t number, std::uint32_t timeline = 1) const {
    return wal::segment_name({timeline, number}, segment_bytes);
  }

  void segment(std::uint64_t number, std::uint32_t timeline = 1, bool compressed = true) {
    catalogs::ArchivedFile file;
    file.name = file.object = name(number, timeline);
    file.stored_bytes = compressed ? 5'000'000 : segment_bytes;
    file.compressed = compressed;
    file.stored = start + std::chrono::minutes(number);
    listing.wal.push_back(std::move(file));
  }
  void segments(std::uint64_t first, std::uint64_t last, std::uint32_t timeline = 1) {
    for (auto number = first; number <= last; ++number) segment(number, timeline);
  }
  void file(std::string name) {
    catalogs::ArchivedFile file;
    file.name = file.object = std::move(name);
    file.stored_bytes = 50;
    file.stored = start;
    listing.wal.push_back(std::move(file));
  }
  void remove(const std::string& name) {
    std::erase_if(listing.wal, [&](const catalogs::ArchivedFile& file) { return file.name == name; });
  }

  catalogs::BackupSet& set(std::string label, std::uint64_t first, std::uint64_t last,
                           std::uint32_t timeline = 1) {
    catalogs::BackupSet set;
    set.label = std::move(label);
    set.complete = true;
    set.first_wal = name(first, timeline);
    set.last_wal = name(last, timeline);
    set.start_lsn = wal::Lsn{first * segment_bytes + 40};
    set.stop_lsn = wal::Lsn{last * segment_bytes + 400};
    listing.sets.push_back(std::move(set));
    return listing.sets.back();
  }

  ChainReport walk(std::uint64_t written_number = 0, std::optional<wal::TimelineHistory> history = {},
                   core::Duration later = std::chrono::hours(24 * 365)) {
    std::ranges::sort(listing.wal, {}, &catalogs::ArchivedFile::name);
    ChainView view{listing, {}, {}, {}, {}, std::chrono::minutes(2), {}};
    view.history = history ? history : wal::lone_timeline(1);
    if (written_number != 0) view.written = wal::Lsn{written_number * segment_bytes + 1};
    view.now = start + later;
    return walk_chain(view);
  }
};

}  // namespace outrider::recovery
