// A folder of pg_dump's outputs: how old, how large, and whether each is whole. It cannot be rolled forward.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::dump {

struct Settings {
  std::string directory;
  std::string command = "/usr/bin/pg_restore";
};

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools);

}  // namespace outrider::catalogs::dump
