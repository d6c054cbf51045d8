// What WAL-G keeps in one storage, asked through its own program: so it is all one where the storage is.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::walg {

struct Settings {
  std::string config;  // empty: where the program looks by itself, and its environment
  std::string command = "/usr/local/bin/wal-g";
};

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools);

}  // namespace outrider::catalogs::walg
