// One output of pg_basebackup, plain or tar, as it lies in its folder.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/os/tree.hpp"

#include <map>

namespace outrider::catalogs::base_backup {

// How its pieces lie: what a restore must know.
struct Layout {
  bool tar = false;
  std::vector<std::string> archives;     // "base.tar.gz", "16384.tar.gz", "pg_wal.tar"
  std::vector<std::string> tablespaces;  // of a plain one: "16384"
};

struct Found {
  BackupSet set;
  Layout layout;
};

// Blocks. Nothing when the folder holds no backup; a backup without a manifest is not complete, one that
// lacks files of its manifest is damaged.
core::Outcome<std::optional<Found>> look_at_backup(os::Files& files, const std::string& directory,
                                                   const std::string& label, std::uint64_t segment_bytes,
                                                   const os::TreeBounds& bounds);

// What leaves the backup in `directory`, its tablespaces beside it: nothing may point to where they once
// were.
std::vector<Step> restore_steps(const std::string& source, const std::string& label, const Layout& layout,
                                const std::string& directory, bool reuse);

}  // namespace outrider::catalogs::base_backup
