// A folder of pg_basebackup's outputs, one folder each, and a folder of archived WAL.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::base_backup {

struct Settings {
  std::string directory;
  std::string archive;  // empty: there is none, and a backup cannot be rolled forward
};

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools);

}  // namespace outrider::catalogs::base_backup
