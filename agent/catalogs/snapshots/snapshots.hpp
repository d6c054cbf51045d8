// Snapshots of a volume or of a managed database, as a command of their provider lists them: how old, how
// large, and whether each is said to be whole. Its word, and no more: what is in one is seen by nobody here.
#pragma once

#include "agent/catalogs/shelf.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::catalogs::snapshots {

struct Settings {
  std::string name;
  std::vector<std::string> command;
};

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools);

// A list, or an object with one, of what AWS (RDS, Aurora, EBS), Google Cloud, Azure or Kubernetes call a
// snapshot, or {name, time, complete} of a script's own. Oldest first; one without name or time is an error.
core::Outcome<std::vector<BackupSet>> read_snapshots(std::string_view text);

}  // namespace outrider::catalogs::snapshots
