// backup_manifest, as pg_basebackup writes it last of all.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::base_backup {

struct ManifestFile {
  std::string path;  // "base/5/1259"
  std::uint64_t bytes = 0;
};

struct Manifest {
  std::vector<ManifestFile> files;
  std::uint64_t bytes = 0;  // of all
  core::WallTime started{};
  std::uint32_t timeline = 0;  // on which it ends
  std::optional<wal::Lsn> start_lsn, stop_lsn;
  std::optional<std::uint64_t> system_id;  // since PostgreSQL 17
};

// `corrupt` when it is torn, or was changed after it was written.
core::Outcome<Manifest> read_manifest(std::string_view text);

}  // namespace outrider::catalogs::base_backup
