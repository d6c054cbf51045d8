// A folder in which archived WAL lies under PostgreSQL's own names, in one heap or in folders, plain or
// compressed, with a suffix or without: what most archive commands make, and Barman too.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/os/tree.hpp"

namespace outrider::catalogs {

// Blocks. Sorted by name; other files are left out.
core::Outcome<std::vector<ArchivedFile>> list_wal_folder(const std::string& folder,
                                                         const os::TreeBounds& bounds);

// What the newest plain segment says of its cluster. Blocks.
struct WalFacts {
  std::optional<std::uint64_t> system_id;
  std::uint64_t segment_bytes = 0;  // 0: unknown
};
WalFacts facts_of_wal(const std::string& folder, const std::vector<ArchivedFile>& files);

// The beginning of a segment: its first page says whose it is.
WalFacts read_first_page(std::string_view beginning);

// Brings a file and unpacks it, by what it is and not by its suffix. Exit 1 only when the folder was read and
// does not hold it; 2 is trouble, an empty folder (nothing mounted?) too.
FetchPlan fetch_from_folder(const std::string& folder);

}  // namespace outrider::catalogs
