#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs {

std::string_view name_of(BackupKind kind) {
  switch (kind) {
    case BackupKind::full: return "full";
    case BackupKind::differential: return "differential";
    case BackupKind::incremental: return "incremental";
    case BackupKind::dump: return "dump";
    case BackupKind::snapshot: return "snapshot";
  }
  return "full";
}

std::string beside(const std::string& directory) { return directory + "-beside"; }

}  // namespace outrider::catalogs
