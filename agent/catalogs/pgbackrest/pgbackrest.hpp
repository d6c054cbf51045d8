// One stanza in one repository of pgBackRest, asked through its own program: so it is all one whether the
// repository is a folder, a bucket, on another host, or encrypted.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::pgbackrest {

struct Settings {
  std::string stanza;
  std::string config;  // empty: where the program looks by itself
  std::string command = "/usr/bin/pgbackrest";
  std::uint32_t repository = 1;
};

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools);

}  // namespace outrider::catalogs::pgbackrest
