// What WAL-G prints: `backup-list --detail --json`, a backup's sentinel, and `st ls wal_005/`.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::walg {

// Oldest first. It prints nothing when it finds none, and older ones also when the storage cannot be read:
// that is `corrupt`, like everything that is no list.
core::Outcome<std::vector<BackupSet>> read_backups(std::string_view text);

// True: the backup has no tablespaces, which `backup-fetch` would write to where they are at the source.
core::Outcome<bool> has_no_tablespaces(std::string_view sentinel);

// Sorted by name; other files are left out.
core::Outcome<std::vector<ArchivedFile>> read_archive(std::string_view text);

}  // namespace outrider::catalogs::walg
