// One server of Barman. Which backups there are is asked of the tool; whether it could look at all is seen
// for oneself, since it calls a home that is not mounted empty, and an archive it may not read "not found".
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::barman {

struct Settings {
  std::string server;
  std::string config;  // empty: where the program looks by itself
  std::string home = "/var/lib/barman";
  std::string command = "/usr/bin/barman";
};

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools);

}  // namespace outrider::catalogs::barman
