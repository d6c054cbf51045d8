// What `barman -f json list-backup` and a backup.info say.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::barman {

struct Backup {
  BackupSet set;
  std::vector<std::string> tablespaces;  // by name
};

// `refused` when the tool itself tells of an error.
core::Outcome<std::vector<Backup>> read_backups(std::string_view text, std::string_view server);

// Adds what backup.info knows: WAL names, LSNs, times, the system id, the error.
void take_backup_info(std::string_view text, BackupSet& set);

}  // namespace outrider::catalogs::barman
